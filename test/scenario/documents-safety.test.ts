import { describe } from 'vitest'
import { seedContent } from '../../src/simulator/seed-content.ts'
import { job, secret, within, workspace } from './manifests.ts'
import { holdPage } from './recorded-pages.ts'
import { recordingIn, told } from './recording.ts'
import { until } from './until.ts'
import type { World } from './world.ts'

/*
 * What docs/safety.md shows of kubectl comes from here: each state is brought about and looked at. `UPDATE=1` writes
 * it into the page; otherwise the page has to show it already.
 */

const it = recordingIn('sa-1')

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
    await transcript.types('elsewhere', 'get jobspec bundled')
    await transcript.shows('elsewhere', 'jobspec/bundled', 'conditions')
  })
})

describe('a manifest that is deleted', () => {
  it('is protected', async ({ world: { kubernetes }, transcript }) => {
    await kubernetes.apply(job('payroll', { management: { protect: true } }))
    await kubernetes.ready('JobSpec', 'payroll')
    await transcript.types('protected', 'delete jobspec payroll')
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
    await kubernetes.has('JobSpec', 'stuck', { Reconciling: 'True DeletionWaits' })
    await transcript.types('deletion-waits', 'get jobspec stuck')
    await transcript.shows('deletion-waits', 'jobspec/stuck', 'conditions')
    await transcript.types('abandoned', 'annotate jobspec stuck lakeward.dev/abandon=true')
    await told(world, 'stuck', 'Retained')
    await transcript.types('abandoned', 'events --for jobspec/stuck')
  })

  it('is one of too many', async ({ world, transcript }) => {
    const { kubernetes, databricks } = world
    const { spec, ...rest } = workspace('careful', databricks.url)
    const careful = { ...rest, spec: { ...spec, deletionGuard: 1 } }
    const names = ['daily', 'monthly', 'weekly']
    await kubernetes.apply(careful, ...names.map((name) => within('careful', job(name))))
    for (const name of names) await kubernetes.ready('JobSpec', name)
    await world.operator.stop()
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
    await transcript.types(
      'guard-approved',
      `annotate databricksworkspace careful -n data --overwrite ${approval}`,
    )
    await until('they are gone', () => names.every((name) => kubernetes.isGone('JobSpec', name)))
    await transcript.types('guard-approved', `get jobspec ${names.join(' ')}`)
  })

  it('is a workspace in use', async ({ world: { kubernetes, databricks }, transcript }) => {
    await kubernetes.apply(workspace('leaving', databricks.url), within('leaving', job('staying')))
    await kubernetes.ready('JobSpec', 'staying')
    await kubernetes.beginDelete('DatabricksWorkspace', 'leaving')
    await kubernetes.has('DatabricksWorkspace', 'leaving', { Reconciling: 'True DependantsRemain' })
    await transcript.types('dependants', 'get databricksworkspace leaving')
    await transcript.shows('dependants', 'databricksworkspace/leaving', 'conditions')
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
    await transcript.types('suspended', 'annotate jobspec paused lakeward.dev/suspend=true')
    await kubernetes.has('JobSpec', 'paused', { Drifted: 'Unknown Suspended' })
    await transcript.shows('suspended', 'jobspec/paused', 'conditions')
  })

  it('has another workspace behind its host', async ({ world, transcript }) => {
    const { kubernetes } = world
    const other = await world.anotherDatabricks()
    await kubernetes.apply(workspace('moved', other.url), within('moved', job('moved')))
    await kubernetes.ready('JobSpec', 'moved')
    await other.replaceBy({ content: { ...seedContent, workspaceId: '7405622222222222' } })
    await kubernetes.recheck('DatabricksWorkspace', 'moved')
    await kubernetes.has('DatabricksWorkspace', 'moved', { Stalled: 'True WorkspaceChanged' })
    await transcript.types('moved', 'get databricksworkspace moved')
    await transcript.shows('moved', 'databricksworkspace/moved', 'conditions')
  })
})

it('is what docs/safety.md shows', ({ transcript }) => holdPage('safety.md', transcript.blocks))
