import { describe } from 'vitest'
import { demoApplicationId } from '../../src/simulator/seed-content.ts'
import { grant } from './manifests.ts'
import { timesPutBack } from './observer.ts'
import { holdPage } from './recorded-pages.ts'
import { move, recordingIn, told } from './recording.ts'
import { until } from './until.ts'
import type { World } from './world.ts'

/* What docs/drift.md shows of privileges. */

const it = recordingIn('dr-3')

const hour = 3_600_000

const silver = 'schema/main.silver'

const takeAway = ({ databricks }: World) =>
  databricks.changeGrants(silver, { principal: 'analysts', remove: ['SELECT'] })

const isPutBack = ({ kubernetes }: World, times: number) =>
  until('it is given back', () => timesPutBack(kubernetes.object('CatalogGrant', 'readers')) === times)

describe('a privilege that somebody takes away', () => {
  it('is given back', async ({ world, transcript }) => {
    const { kubernetes } = world
    await kubernetes.apply(grant('readers', 'main.silver', { analysts: ['USE_SCHEMA', 'SELECT'] }))
    await kubernetes.ready('CatalogGrant', 'readers')
    await transcript.types('in-sync', 'get cataloggrant readers')
    await takeAway(world)
    await kubernetes.recheck('CatalogGrant', 'readers')
    await isPutBack(world, 1)
    await told(world, 'readers', 'Corrected')
    await transcript.types('given-back', 'events --for cataloggrant/readers')
  })

  it('reads back late', async ({ world, transcript }) => {
    const { kubernetes, databricks } = world
    await takeAway(world)
    // Reads do not see what was written after this order.
    const match = `GET /api/2.1/unity-catalog/permissions/${silver}`
    await databricks.control('POST', 'stale', { match, count: 1000, afterEachWrite: true })
    await kubernetes.recheck('CatalogGrant', 'readers')
    await kubernetes.has('CatalogGrant', 'readers', { Drifted: 'Unknown Settling' })
    await transcript.shows('settling', 'cataloggrant/readers', 'conditions', 'drift')
    await databricks.control('DELETE', 'stale')
    await kubernetes.recheck('CatalogGrant', 'readers')
    await kubernetes.has('CatalogGrant', 'readers', { Drifted: 'False NoDrift' })
  })

  it('again and again is given back once an hour', async ({ world, transcript }) => {
    const { kubernetes } = world
    await takeAway(world)
    await kubernetes.recheck('CatalogGrant', 'readers')
    await isPutBack(world, 3)
    await takeAway(world)
    await kubernetes.recheck('CatalogGrant', 'readers')
    await kubernetes.has('CatalogGrant', 'readers', { Drifted: 'True Contested' })
    await transcript.types('contested', 'get cataloggrant readers')
    await transcript.says('contested', 'cataloggrant readers', 'Drifted')
    await move(world, { jump: hour })
    await kubernetes.recheck('CatalogGrant', 'readers')
    await isPutBack(world, 4)
    await kubernetes.has('CatalogGrant', 'readers', { Drifted: 'False NoDrift' })
    await transcript.shows('hour-later', 'cataloggrant/readers', 'conditions', 'putBack')
  })
})

describe('a privilege that leaves the manifest', () => {
  it('and was there before waits for approval', async ({ world, transcript }) => {
    const { kubernetes } = world
    await kubernetes.apply(grant('gold', 'main.gold', { analysts: ['SELECT', 'USE_SCHEMA'] }))
    await kubernetes.ready('CatalogGrant', 'gold')
    await kubernetes.apply(grant('gold', 'main.gold', { analysts: ['USE_SCHEMA'] }))
    const { status } = await kubernetes.has('CatalogGrant', 'gold', { Reconciling: 'True HeldRevoke' })
    await transcript.explains('held-revoke', 'cataloggrant gold')
    const approval = `lakeward.dev/approve=${transcript.standsFor(status.held?.hash ?? '')}`
    await transcript.types('revoked', `annotate cataloggrant gold --overwrite ${approval}`)
    await kubernetes.has('CatalogGrant', 'gold', { Ready: 'True Applied' })
    await told(world, 'gold', 'Updated')
    await transcript.types('revoked', 'events --for cataloggrant/gold')
  })

  it('and is our own right stays', async ({ world: { kubernetes }, transcript }) => {
    const own = { [demoApplicationId]: ['MANAGE'] }
    await kubernetes.apply(grant('bronze', 'main.bronze', { ...own, analysts: ['SELECT'] }))
    await kubernetes.ready('CatalogGrant', 'bronze')
    await kubernetes.apply(grant('bronze', 'main.bronze', { analysts: ['SELECT'] }))
    await kubernetes.has('CatalogGrant', 'bronze', { Stalled: 'True OwnRight' })
    await transcript.explains('own-right', 'cataloggrant bronze')
  })
})

describe('a privilege', () => {
  it('on what is not there, or for whom nobody knows', async ({ world: { kubernetes }, transcript }) => {
    await kubernetes.apply(
      grant('platinum', 'main.platinum', { analysts: ['SELECT'] }),
      grant('scientists', 'main.silver', { 'data scientists': ['SELECT'] }),
    )
    await kubernetes.has('CatalogGrant', 'platinum', { Reconciling: 'True SecurableMissing' })
    await kubernetes.has('CatalogGrant', 'scientists', { Stalled: 'True PrincipalMissing' })
    await transcript.explains('securable-missing', 'cataloggrant platinum')
    await transcript.explains('principal-missing', 'cataloggrant scientists')
  })
})

it('is what docs/drift.md shows', ({ transcript }) => holdPage('drift.md', transcript.blocks, 'grants'))
