import { describe, expect } from 'vitest'
import { inWorld } from './in-world.ts'
import type { Kubernetes } from './kubernetes.ts'
import { cluster, grant, job, secret, token, within, workspace } from './manifests.ts'
import { idOf, timesPutBack } from './observer.ts'
import { runningCluster } from './running-cluster.ts'
import { until } from './until.ts'

const it = inWorld()

/** What `kubectl get events` shows of an object, as `Normal Created: created job 7`, with `x2` before what happened twice. */
async function shown(kubernetes: Kubernetes, kind: string, name: string): Promise<string[]> {
  const columns = ['involvedObject.kind', 'involvedObject.name', 'series.count', 'type', 'reason', 'message']
  const text = await kubernetes.kubectl([
    'get',
    'events',
    '--no-headers',
    `-o=jsonpath={range .items[*]}${columns.map((column) => `{.${column}}`).join('{"\\t"}')}{"\\n"}{end}`,
  ])
  return text
    .trim()
    .split('\n')
    .map((line) => line.split('\t'))
    .filter(([ofKind, ofName]) => ofKind === kind && ofName === name)
    .map(([, , count, type, reason, note]) => `${count ? `x${count} ` : ''}${type} ${reason}: ${note}`)
}

/** Waits until exactly this is shown, in this order. */
const tells = (kubernetes: Kubernetes, [kind, name]: [string, string], expected: (string | RegExp)[]) =>
  until(`the events of ${kind} ${name}`, async () => {
    const matching = expected.map((one): unknown =>
      typeof one === 'string' ? one : expect.stringMatching(one),
    )
    expect(await shown(kubernetes, kind, name)).toEqual(matching)
    return true
  })

describe('what people read in the events of', () => {
  it('a job: its whole life, and what happened twice is counted', async ({ world }) => {
    const { kubernetes, databricks } = world
    await kubernetes.apply(job('nightly', { maxConcurrentRuns: 1, tags: { team: 'data' } }))
    const id = idOf(await kubernetes.ready('JobSpec', 'nightly'))
    for (const times of [1, 2]) {
      const settings = { max_concurrent_runs: 7, tags: { team: 'data', cost: 'none' } }
      await databricks.ana.post('/api/2.2/jobs/update', { job_id: BigInt(id), new_settings: settings })
      await kubernetes.recheck('JobSpec', 'nightly')
      await until('it is put back', () => timesPutBack(kubernetes.object('JobSpec', 'nightly')) === times)
    }
    await kubernetes.apply(job('nightly', { maxConcurrentRuns: 2, tags: { team: 'data' } }))
    await kubernetes.ready('JobSpec', 'nightly')
    await databricks.ana.post('/api/2.2/jobs/delete', { job_id: BigInt(id) })
    await kubernetes.recheck('JobSpec', 'nightly')
    const next = await until('it is made again', () => {
      const { externalId } = kubernetes.object('JobSpec', 'nightly').status
      return externalId !== undefined && externalId !== id && externalId
    })
    await kubernetes.ready('JobSpec', 'nightly')
    await kubernetes.delete('JobSpec', 'nightly')
    await tells(
      kubernetes,
      ['JobSpec', 'nightly'],
      [
        `Normal Created: created job ${id}`,
        'x2 Warning DriftFound: maxConcurrentRuns is 7 instead of 1, tags.cost was added: "none"',
        'x2 Normal Corrected: wrote tags.cost (removed), maxConcurrentRuns: 7 -> 1',
        'Normal Updated: wrote maxConcurrentRuns: 1 -> 2',
        /^Warning Vanished: job \d+ does not exist in workspace \d+$/,
        `Normal Created: created job ${next}`,
        `Normal Deleted: deleted job ${next}`,
      ],
    )
    const wide = await kubernetes.kubectl(['get', 'events', '-o', 'wide'])
    expect(wide.split('\n')[0]).toContain('COUNT')
    expect(wide).toMatch(
      /Corrected +jobspec\/nightly +lakeward\.dev\/operator, \S+ .* 2 +nightly\.[0-9a-f]+\n/,
    )
  })

  it('a job that is left in Databricks, and one that cannot be deleted yet', async ({
    world: { kubernetes, databricks },
  }) => {
    await kubernetes.apply(
      job('kept', { management: { deletionPolicy: 'Retain' } }),
      secret('going', { token }),
      workspace('going', databricks.url, { secret: 'going' }),
      within('going', job('stuck')),
    )
    const kept = idOf(await kubernetes.ready('JobSpec', 'kept'))
    const stuck = idOf(await kubernetes.ready('JobSpec', 'stuck'))
    await kubernetes.delete('JobSpec', 'kept')
    await tells(
      kubernetes,
      ['JobSpec', 'kept'],
      [
        `Normal Created: created job ${kept}`,
        `Normal Retained: deletionPolicy Retain: job ${kept} was left in Databricks`,
      ],
    )
    await databricks.fault({
      match: 'POST /api/2.2/jobs/delete',
      count: 100,
      status: 403,
      body: { error_code: 'PERMISSION_DENIED', message: 'no' },
    })
    await kubernetes.beginDelete('JobSpec', 'stuck')
    await tells(
      kubernetes,
      ['JobSpec', 'stuck'],
      [
        `Normal Created: created job ${stuck}`,
        /^Warning DeletionWaits: .*403 PERMISSION_DENIED.* kubectl annotate jobspec stuck .* --overwrite lakeward\.dev\/abandon=true/,
      ],
    )
    await databricks.clearFaults()
    await kubernetes.annotate('JobSpec', 'stuck', { abandon: 'true' })
    await until('it is gone', () => kubernetes.isGone('JobSpec', 'stuck'))
  })

  it('a cluster whose change is held', async ({ world }) => {
    const { kubernetes } = world
    const id = await runningCluster(world, 'busy')
    await kubernetes.apply(cluster('busy', { nodeTypeId: 'm5d.xlarge' }))
    await tells(
      kubernetes,
      ['DatabricksCluster', 'busy'],
      [
        `Normal Created: created cluster ${id}`,
        /^Warning HeldRestart: clusters\/update of nodeTypeId would restart the running cluster\. .*lakeward\.dev\/approve=[0-9a-f]+$/,
      ],
    )
  })

  it('a grant', async ({ world: { kubernetes } }) => {
    await kubernetes.apply(grant('readers', 'main.silver', { analysts: ['SELECT'] }))
    await kubernetes.ready('CatalogGrant', 'readers')
    await kubernetes.delete('CatalogGrant', 'readers')
    await tells(
      kubernetes,
      ['CatalogGrant', 'readers'],
      [
        'Normal Updated: wrote securables[schema main.silver].grants[analysts].privileges[SELECT]',
        'Normal Deleted: revoked 1 privilege that this object had added',
      ],
    )
  })

  it('a workspace whose token is revoked, and which asks us to slow down', async ({ world }) => {
    const { kubernetes } = world
    const robot = 'robot@example.com'
    const other = await world.anotherDatabricks({ tokens: { old: robot, new: robot } })
    await kubernetes.apply(
      secret('rotating', { token: 'old' }),
      workspace('rotating', other.url, { secret: 'rotating' }),
    )
    await kubernetes.ready('DatabricksWorkspace', 'rotating')
    await other.revokeToken('old')
    await kubernetes.recheck('DatabricksWorkspace', 'rotating')
    await kubernetes.has('DatabricksWorkspace', 'rotating', { Stalled: 'True CredentialsRejected' })
    await kubernetes.apply(secret('rotating', { token: 'new' }))
    await kubernetes.has('DatabricksWorkspace', 'rotating', { Ready: 'True Connected', Stalled: undefined })
    await other.fault({
      match: 'POST /api/2.2/jobs/create',
      count: 3,
      status: 429,
      body: { error_code: 'REQUEST_LIMIT_EXCEEDED', message: 'slow down' },
    })
    await kubernetes.apply(within('rotating', job('slowed')))
    await tells(
      kubernetes,
      ['DatabricksWorkspace', 'rotating'],
      [
        'x2 Normal Connected: the workspace answers and accepts the credentials',
        /^Warning CredentialsRejected: .*Invalid access token\. Put a valid token/,
        /^Warning Throttled: the workspace answers, but asks us to slow down \(429\)/,
      ],
    )
  })
})
