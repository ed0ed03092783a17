import { z } from 'zod'
import type { Json } from '../../src/databricks/json.ts'
import { applyAll, type Applied } from './apply-all.ts'
import { JobWatch, type WatchedJob } from './job-watch.ts'
import type { Stage } from './stage.ts'

/** What the operator sent for one job; the floor sends the same, so that sizes agree. */
export interface Sent {
  /** The body of jobs/create. */
  readonly settings: unknown
  /** The status in the end. */
  readonly status: Readonly<Record<string, unknown>>
}

/** What is to be done, and how much of it at a time. */
export interface FloorWork {
  readonly namespace: string
  readonly manifests: readonly object[]
  readonly concurrency: number
  /** By the name of the job. */
  readonly sent: ReadonlyMap<string, Sent>
}

/** How long the least work takes, and the time that this process computes for it. */
export interface Floor extends Applied {
  readonly cpuSeconds: number
}

/** Read without loss: a large id is a bigint. */
const createdSchema = z.object({ job_id: z.union([z.int(), z.bigint()]) })
const identityNames: ReadonlySet<string> = new Set(['attempt', 'externalId', 'workspaceId', 'origin'])

/**
 * The least that any operator with our promises has to do, done by nobody who thinks: for each manifest that
 * kubectl applies, as the watch tells of it, the finalizer, the intent, one create, the id, one read and the
 * report. No cache, no queue, no comparison, no log, no event, no retry.
 */
export async function measureFloor(stage: Stage, work: FloorWork): Promise<Floor> {
  const stop = new AbortController()
  const signal = AbortSignal.any([stage.signal, stop.signal])
  const waiting: WatchedJob[] = []
  let running = 0
  const startOne = async (): Promise<void> => {
    running += 1
    for (let job = waiting.shift(); job !== undefined; job = waiting.shift())
      await bareReconcile({ ...stage, signal }, work, job.name)
    running -= 1
  }
  const watch = new JobWatch(stage.kubernetes, (job) => {
    waiting.push(job)
    if (running < work.concurrency) startOne().catch((error: unknown) => stop.abort(error))
  })
  const cpu = process.cpuUsage()
  try {
    await watch.open(work.namespace, signal)
    const applied = await applyAll({ ...stage, signal }, watch, work.manifests)
    const { user, system } = process.cpuUsage(cpu)
    return { ...applied, cpuSeconds: (user + system) / 1_000_000 }
  } finally {
    watch.close()
    // What may still be under way after a failure.
    stop.abort()
  }
}

async function bareReconcile(
  { kubernetes, databricks, signal }: Stage,
  { namespace, sent }: FloorWork,
  name: string,
): Promise<void> {
  const { settings, status } = sent.get(name) ?? {}
  if (status === undefined) throw new Error(`the operator has sent nothing for ${name}`)
  const path = `/apis/lakeward.dev/v1beta1/namespaces/${namespace}/jobspecs/${name}`
  const apply = (manager: string, part: object): Promise<Json> =>
    kubernetes.call({
      method: 'PATCH',
      path: `${path}/status?fieldManager=${manager}&force=true`,
      contentType: 'application/apply-patch+yaml',
      body: {
        apiVersion: 'lakeward.dev/v1beta1',
        kind: 'JobSpec',
        metadata: { name, namespace },
        status: part,
      },
      signal,
    })
  const { identity, report } = split(status)

  await kubernetes.call({
    method: 'PATCH',
    path,
    contentType: 'application/merge-patch+json',
    body: { metadata: { finalizers: ['lakeward.dev/remote'] } },
    signal,
  })
  await apply('lakeward-identity', { attempt: { at: '2026-01-01T00:00:00Z', name, mark: 'floor' } })
  // https://docs.databricks.com/api/workspace/jobs/create
  const create = { method: 'POST', path: '/api/2.2/jobs/create', body: settings, signal } as const
  const created = await databricks.call(create)
  const { job_id: id } = createdSchema.parse(created)
  await apply('lakeward-identity', { ...identity, externalId: String(id) })
  // https://docs.databricks.com/api/workspace/jobs/get
  await databricks.call({ method: 'GET', path: `/api/2.2/jobs/get?job_id=${id}`, signal })
  await apply('lakeward', report)
}

/** As the operator writes it: what says which remote object is ours goes before the report, and apart from it. */
function split(status: Sent['status']): { identity: object; report: object } {
  const parts = Object.groupBy(Object.entries(status), ([name]) =>
    identityNames.has(name) ? 'identity' : 'report',
  )
  return {
    identity: Object.fromEntries(parts.identity ?? []),
    report: Object.fromEntries(parts.report ?? []),
  }
}
