import { describe } from 'vitest'
import { grant, job, secret, token, within, workspace } from './manifests.ts'
import { holdPage } from './recorded-pages.ts'
import { messageOf } from './observer.ts'
import { messages, recordingIn, told } from './recording.ts'
import { until } from './until.ts'
import type { World } from './world.ts'

/*
 * What docs/safety.md shows of kubectl comes from here and from the file beside it: each state is brought about and
 * looked at. `UPDATE=1` writes it into the page; otherwise the page has to show it already.
 */

const it = recordingIn('sa-1', { tenants: ['old'] })

/** A job that Ana made by hand; returns its id. */
async function byHand({ databricks }: World, settings: object): Promise<string> {
  const tasks = [{ task_key: 'main', notebook_task: { notebook_path: '/Shared/main' } }]
  return (await databricks.ana.post('/api/2.2/jobs/create', { tasks, ...settings })).text('job_id')
}

describe('a job that somebody made by hand', () => {
  it('is looked at before it is written', async ({ world, transcript }) => {
    const { kubernetes } = world
    const externalId = await byHand(world, { name: 'billing', max_concurrent_runs: 7 })
    await kubernetes.apply(
      job('billing', { maxConcurrentRuns: 1, management: { externalId, mode: 'Correct' } }),
    )
    await told(world, 'billing', 'Corrected')
    await transcript.types('adopted', 'events --for jobspec/billing')
  })

  it('belongs to somebody else', async ({ world, transcript }) => {
    const { kubernetes } = world
    const externalId = await byHand(world, { name: 'bundled', deployment: { kind: 'BUNDLE' } })
    await kubernetes.apply(job('bundled', { management: { externalId } }))
    await kubernetes.has('JobSpec', 'bundled', { Stalled: 'True ManagedElsewhere' })
    await transcript.explains('elsewhere', 'jobspec bundled')
  })

  it('is not there', async ({ world: { kubernetes }, transcript }) => {
    await kubernetes.apply(
      job('mistyped', { management: { externalId: '12345' } }),
      job('watched', { management: { mode: 'Observe' } }),
    )
    await kubernetes.has('JobSpec', 'mistyped', { Stalled: 'True ExternalIdMissing' })
    await kubernetes.has('JobSpec', 'watched', { Stalled: 'True NothingToObserve' })
    await transcript.types('not-there', 'get jobspec mistyped watched')
    await transcript.types('not-there', `get jobspec mistyped watched ${messages}`)
  })
})

const gold = (...privileges: string[]) => grant('gold', 'main.gold', { analysts: privileges })

describe('a change that is held', () => {
  it('is not let go by the approval of another', async ({ world, transcript }) => {
    const { kubernetes } = world
    await kubernetes.apply(gold('USE_SCHEMA', 'SELECT'))
    await kubernetes.ready('CatalogGrant', 'gold')
    await kubernetes.apply(gold('USE_SCHEMA'))
    const { status } = await kubernetes.has('CatalogGrant', 'gold', { Reconciling: 'True HeldRevoke' })
    const { hash = '' } = status.held ?? {}
    await transcript.types('held-revoke', 'get cataloggrant gold')
    await transcript.types('held-revoke', "get cataloggrant gold -o jsonpath='{.status.held.reason}'")
    await kubernetes.kubectl(['create', 'rolebinding', 'adam', '--clusterrole=lakeward-admin', '--user=adam'])
    await until('adam may write grants', async () => {
      const { code } = await kubernetes.tryKubectl(['auth', 'can-i', 'patch', 'cataloggrants', '--as=adam'])
      return code === 0
    })
    const approval = `lakeward.dev/approve=${transcript.standsFor(hash)}`
    await transcript.types('held-revoke', `annotate cataloggrant gold --overwrite ${approval} --as=adam`)
    await kubernetes.apply(gold('USE_SCHEMA', 'EXECUTE'))
    await until('another one is held', () => {
      const { held } = kubernetes.object('CatalogGrant', 'gold').status
      return held !== undefined && held.hash !== hash
    })
    await transcript.types('approved-other', `annotate cataloggrant gold --overwrite ${approval}`)
    await told(world, 'gold', 'ApprovedOther')
    await transcript.types('approved-other', 'events --for cataloggrant/gold')
  })
})

describe('a manifest that is deleted', () => {
  it('is protected', async ({ world: { kubernetes }, transcript }) => {
    await kubernetes.apply(job('payroll', { management: { protect: true } }))
    await kubernetes.ready('JobSpec', 'payroll')
    await transcript.types('protected', 'delete jobspec payroll')
  })

  it('is protected, and its namespace goes', async ({ world, transcript }) => {
    const old = world.tenant('old')
    const manifest = job('ledger', { management: { protect: true } })
    await old.apply(secret('databricks', { token }), workspace('default', world.databricks.url), manifest)
    await old.ready('JobSpec', 'ledger')
    await old.kubectl(['delete', 'namespace', old.namespace, '--wait=false'])
    // What the controller of namespaces does, which no control plane here has.
    await until('the server has heard of it', async () => {
      const { code } = await old.tryKubectl(['delete', 'jobspec', 'ledger', '--wait=false'])
      return code === 0
    })
    const { hash } = await until('it is held', () => old.object('JobSpec', 'ledger').status.held)
    await transcript.explains('protected-held', 'jobspec ledger -n data-old')
    const approval = `lakeward.dev/approve=${transcript.standsFor(hash)}`
    await transcript.types('protected-held', `annotate jobspec ledger -n data-old --overwrite ${approval}`)
    await until('it is gone', () => old.isGone('JobSpec', 'ledger'))
    await transcript.types('protected-held', 'get jobspec ledger -n data-old')
  })

  it('leaves what its deletionPolicy says', async ({ world, transcript }) => {
    const { kubernetes } = world
    const schedule = { quartzCronExpression: '0 0 2 * * ?', timezoneId: 'UTC' }
    const policies = { deleted: 'Delete', retired: 'Retire', retained: 'Retain' }
    for (const [name, deletionPolicy] of Object.entries(policies)) {
      await kubernetes.apply(job(name, { schedule, management: { deletionPolicy } }))
      await kubernetes.ready('JobSpec', name)
      await kubernetes.delete('JobSpec', name)
    }
    for (const [name, event] of [
      ['deleted', 'Deleted'],
      ['retired', 'Retired'],
      ['retained', 'Retained'],
    ] as const) {
      await told(world, name, event)
      await transcript.types('deletion-policies', `events --for jobspec/${name}`)
    }
  })

  it('takes back what it gave', async ({ world, transcript }) => {
    const { kubernetes } = world
    await kubernetes.apply(grant('readers', 'main.silver', { analysts: ['USE_SCHEMA', 'SELECT'] }))
    await kubernetes.ready('CatalogGrant', 'readers')
    await kubernetes.delete('CatalogGrant', 'readers')
    await told(world, 'readers', 'Deleted')
    await transcript.types('taken-back', 'events --for cataloggrant/readers')
  })

  it('waits for Databricks', async ({ world, transcript }) => {
    const { kubernetes } = world
    const other = await world.anotherDatabricks({ tokens: { 'short-lived': 'robot@example.com' } })
    await kubernetes.apply(
      secret('closed', { token: 'short-lived' }),
      workspace('closed', other.url, { secret: 'closed' }),
      within('closed', job('stuck')),
    )
    await kubernetes.ready('JobSpec', 'stuck')
    await other.revokeToken('short-lived')
    await kubernetes.beginDelete('JobSpec', 'stuck')
    await until('it says what its workspace says', () =>
      messageOf(kubernetes.object('JobSpec', 'stuck'), 'Reconciling').includes('CredentialsRejected'),
    )
    await transcript.explains('deletion-waits', 'jobspec stuck')
    await transcript.types('abandoned', 'annotate jobspec stuck --overwrite lakeward.dev/abandon=true')
    await told(world, 'stuck', 'Retained')
    await transcript.types('abandoned', 'events --for jobspec/stuck')
  })

  it('is one of too many', async ({ world, transcript }) => {
    const { kubernetes, databricks } = world
    const { spec, ...rest } = workspace('careful', databricks.url)
    const careful = { ...rest, spec: { ...spec, deletionGuard: 1 } }
    const names = ['daily', 'monthly', 'weekly']
    await kubernetes.apply(
      careful,
      ...names.map((name) => within('careful', job(name))),
      secret('former', { token }),
      workspace('former', databricks.url, { secret: 'former' }),
      within('former', job('left')),
    )
    for (const name of [...names, 'left']) await kubernetes.ready('JobSpec', name)
    await world.operator.stop()
    await kubernetes.kubectl(['delete', 'secret', 'former'])
    await kubernetes.beginDelete('JobSpec', 'left')
    await transcript.types('guarded', `delete jobspec ${names.join(' ')} --wait=false`)
    await world.operator.start()
    for (const name of names) await kubernetes.has('JobSpec', name, { Reconciling: 'True DeletionWaits' })
    const held = await until('all are counted', () => {
      const { deletions } = kubernetes.object('DatabricksWorkspace', 'careful').status as {
        deletions?: { held?: { hash: string; reason: string } }
      }
      return deletions?.held?.reason.startsWith('3 manifests') === true && deletions.held
    })
    await transcript.types('guarded', 'get databricksworkspace careful')
    await transcript.types(
      'guarded',
      "get databricksworkspace careful -o jsonpath='{.status.deletions.held.reason}'",
    )
    const approval = `lakeward.dev/approve-deletions=${transcript.standsFor(held.hash)}`
    await transcript.types('guard-approved', `annotate databricksworkspace careful --overwrite ${approval}`)
    await until('they are gone', () => names.every((name) => kubernetes.isGone('JobSpec', name)))
    await transcript.types('guard-approved', `get jobspec ${names.join(' ')}`)
    await told(world, 'careful', 'DeletionsApproved')
    await transcript.types('guard-approved', 'events --for databricksworkspace/careful')
  })

  // It was deleted while the operator was away, in the story before.
  it('needs a Secret that is gone', async ({ world: { kubernetes }, transcript }) => {
    await until('it says what its workspace says', () =>
      messageOf(kubernetes.object('JobSpec', 'left'), 'Reconciling').includes('SecretMissing'),
    )
    await transcript.explains('secret-gone', 'jobspec left')
  })

  it('is a workspace in use', async ({ world: { kubernetes, databricks }, transcript }) => {
    await kubernetes.apply(workspace('leaving', databricks.url), within('leaving', job('staying')))
    await kubernetes.ready('JobSpec', 'staying')
    await kubernetes.beginDelete('DatabricksWorkspace', 'leaving')
    await kubernetes.has('DatabricksWorkspace', 'leaving', { Reconciling: 'True DependantsRemain' })
    await transcript.explains('dependants', 'databricksworkspace leaving')
  })
})

describe('a manifest', () => {
  // Long after the first, because the older one is known by the second in which it was made.
  it('names what another one has', async ({ world: { kubernetes }, transcript }) => {
    const { externalId: claimed = '' } = kubernetes.object('JobSpec', 'billing').status
    await kubernetes.apply(job('billing-too', { management: { externalId: claimed, mode: 'Correct' } }))
    await kubernetes.has('JobSpec', 'billing-too', { Stalled: 'True AlreadyClaimed' })
    await transcript.types('claimed', 'events --for jobspec/billing-too')
  })

  it('is suspended', async ({ world: { kubernetes }, transcript }) => {
    await kubernetes.apply(job('paused'))
    await kubernetes.ready('JobSpec', 'paused')
    await transcript.types('suspended', 'annotate jobspec paused --overwrite lakeward.dev/suspend=true')
    await kubernetes.has('JobSpec', 'paused', { Drifted: 'Unknown Suspended' })
    await transcript.shows('suspended', 'jobspec/paused', 'conditions')
    await kubernetes.apply(job('paused', { maxConcurrentRuns: 5 }))
    await kubernetes.has('JobSpec', 'paused', { Ready: 'Unknown Suspended' })
    await transcript.explains('suspended-edit', 'jobspec paused')
  })
})

it('is what docs/safety.md shows', ({ transcript }) => holdPage('safety.md', transcript.blocks))
