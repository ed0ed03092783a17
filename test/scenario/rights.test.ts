import { describe, expect } from 'vitest'
import { inWorld } from './in-world.ts'
import { grant, job, secret, task, within, workspace } from './manifests.ts'
import { messageOf } from './observer.ts'

/*
 * An identity that may do little. What lacks a right says which one and who can give it; everything else in the
 * same workspace goes on.
 */

const it = inWorld()

const legacyReport = '901234567890123457'

describe('an identity that may do little', () => {
  it('says what each object lacks, and keeps those that lack nothing', async ({ world }) => {
    const { kubernetes } = world
    const databricks = await world.anotherDatabricks({ tokens: { bens: 'ben@example.com' } })
    await kubernetes.apply(
      secret('ben', { token: 'bens' }),
      workspace('modest', databricks.url, { secret: 'ben' }),
      within('modest', job('allowed')),
      within('modest', job('not-his', { management: { externalId: legacyReport } })),
      within('modest', grant('not-his', 'main.silver', { analysts: ['SELECT'] })),
    )
    const looks = await kubernetes.has('JobSpec', 'not-his', { Stalled: 'True Forbidden' })
    expect(messageOf(looks, 'Stalled')).toMatch(
      /ben@example\.com needs CAN_VIEW on the job; it can be given by the owner of the job, /,
    )
    const gives = await kubernetes.has('CatalogGrant', 'not-his', { Stalled: 'True Forbidden' })
    expect(messageOf(gives, 'Stalled')).toMatch(/needs .* on schema main\.silver/)
    await kubernetes.ready('JobSpec', 'allowed')
    await kubernetes.ready('DatabricksWorkspace', 'modest')

    await databricks.ana.patch(`/api/2.0/permissions/jobs/${legacyReport}`, {
      access_control_list: [{ user_name: 'ben@example.com', permission_level: 'CAN_VIEW' }],
    })
    await kubernetes.recheck('JobSpec', 'not-his')
    await kubernetes.has('JobSpec', 'not-his', { Ready: 'True Observed', Stalled: undefined })
    await kubernetes.apply(
      within(
        'modest',
        job('not-his', { management: { externalId: legacyReport, mode: 'Correct' }, tasks: [task('main')] }),
      ),
    )
    const writes = await kubernetes.has('JobSpec', 'not-his', { Stalled: 'True Forbidden' })
    expect(messageOf(writes, 'Stalled')).toContain('ben@example.com needs CAN_MANAGE on the job; ')
  })
})
