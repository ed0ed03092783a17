import { describe, expect } from 'vitest'
import { metricTable } from '../../src/telemetry/metric-table.ts'
import { inWorld } from './in-world.ts'
import { job, within, workspace } from './manifests.ts'
import { conditions } from './observer.ts'
import { until } from './until.ts'

// Whoever hangs does so for as long as a story takes.
const it = inWorld({ flags: ['--request-timeout=60s', '--concurrency=4', '--grace=1s', '--health-port=0'] })

const many = Array.from({ length: 20 }, (_, index) => `slow-${index}`)

describe('a workspace that does not answer', () => {
  it('holds up no object of another one', async ({ world }) => {
    const { kubernetes } = world
    const slow = await world.anotherDatabricks()
    await kubernetes.apply(workspace('slow', slow.url), ...many.map((name) => within('slow', job(name))))
    for (const name of many) await kubernetes.ready('JobSpec', name)
    // One for each, so that it can be seen how many calls were met.
    for (const _name of many) await slow.fault({ match: 'GET /api/2.2/jobs/*', delaySeconds: 3_600 })
    for (const name of many) await kubernetes.annotate('JobSpec', name, { 'reconcile-at': 'now' })
    await until('its calls hang', async () => (await slow.faultsLeft()) <= many.length - 4)

    await kubernetes.apply(job('quick'))
    await kubernetes.ready('JobSpec', 'quick')
    await kubernetes.recheck('JobSpec', 'quick')
    // Nobody got an answer meanwhile.
    for (const name of many)
      expect(kubernetes.object('JobSpec', name).status.lastHandledReconcileAt).toBeUndefined()
    await slow.clearFaults()
  })
})

describe('a workspace that throttles', () => {
  it('says so, works all the same, and is as before when it is over', async ({ world }) => {
    const { kubernetes, databricks, operator } = world
    await kubernetes.apply(job('throttled'))
    await kubernetes.ready('JobSpec', 'throttled')
    await databricks.fault({
      match: 'GET /api/2.2/jobs/get',
      status: 429,
      headers: { 'Retry-After': '2' },
      body: { error_code: 'REQUEST_LIMIT_EXCEEDED', message: 'too many' },
    })
    await kubernetes.recheck('JobSpec', 'throttled')
    const { status } = await kubernetes.has('DatabricksWorkspace', 'default', { Ready: 'True Throttled' })
    expect(status).toMatchObject({ throttling: { throttled: true } })
    expect(conditions(kubernetes.object('JobSpec', 'throttled'))).toMatchObject({
      Ready: 'True Applied',
      Drifted: 'False NoDrift',
    })
    await until('the event came', () =>
      kubernetes.seen
        .events('DatabricksWorkspace', 'default')
        .some((event) => event.startsWith('Throttled: ')),
    )
    // A new process starts from nothing; otherwise it is said after a quiet minute.
    await operator.restart()
    const after = await kubernetes.has('DatabricksWorkspace', 'default', { Ready: 'True Connected' })
    expect(after.status).toMatchObject({ throttling: { throttled: false } })
  })
})

/**
 * What has no figures here: routine checks are a period away (sweeps.test.ts looks at theirs), nothing is held,
 * stalled or unhealthy, and a personal token needs no other (test/operator/measure.test.ts).
 */
const withoutFigures: ReadonlySet<string> = new Set([
  'lakeward_checks_total',
  'lakeward_objects_held_age_seconds',
  'lakeward_objects_not_ready',
  'lakeward_objects_stalled',
  'lakeward_objects_unhealthy',
  'lakeward_token_requests_total',
  'lakeward_token_request_duration_seconds',
])

describe('the metrics', () => {
  it('are those of the table, each with figures, and none by object', async ({ world }) => {
    await world.databricks.fault({ match: 'GET /api/2.2/jobs/get', status: 429 })
    await world.kubernetes.recheck('JobSpec', 'throttled')
    const text = await world.operator.metrics()
    const served = [...text.matchAll(/^# TYPE (\S+) /gm)].map(([, name = '']) => name)
    expect(served).toEqual(Object.keys(metricTable))
    for (const name of served.filter((one) => !withoutFigures.has(one)))
      expect(text).toMatch(new RegExp(`^${name}(_sum)?({.*})? \\d`, 'm'))
    expect(text).toMatch(/requests_total{call="GET \/api\/2.2\/jobs\/get",outcome="Throttled"} 1/)
    for (const name of ['quick', 'throttled"', ...many]) expect(text).not.toContain(name)
  })
})
