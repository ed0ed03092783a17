import { KubeClient } from '../kube/client.ts'
import { loadCluster } from '../kube/credentials.ts'
import { assemble, type Assembly, type OperatorOptions } from './assemble.ts'
import { uidOfKubeSystem } from './cluster-facts.ts'
import { follow, type Watches } from './follow.ts'
import { serveHealth, type Health } from './health.ts'
import { countingCalls, measuredLoops, measuredWorker, readGauges } from './measure.ts'
import { workerOf } from './worker.ts'
import { Metrics } from '../telemetry/metrics.ts'
import { measureProcess } from '../telemetry/process.ts'

/**
 * The operator from start to stop: client → parts → watches → work → drain.
 * Resolves when the signal has fallen and running work has ended, or its grace is over. Whatever fails on the
 * way, nothing is left running behind it.
 */
export async function runOperator(options: OperatorOptions): Promise<void> {
  const { config, clock, random, signal } = options
  const access = await loadCluster({ kubeconfig: config.kubeconfig, clock })
  const metrics = new Metrics()
  using _process = measureProcess(metrics, clock)
  const client = new KubeClient({ access, clock, random, onCall: countingCalls(metrics) })
  // Running work gets its grace after the signal, so its calls follow a signal of their own.
  const ended = new AbortController()
  const watching = new AbortController()
  try {
    const instance = config.instance ?? (await uidOfKubeSystem(client, signal))
    const place = { client, instance, apiServer: access.server, ended: ended.signal, metrics }
    const assembly = assemble(options, place)
    const watches = follow(
      { client, ...assembly },
      { ...options, signal: AbortSignal.any([signal, watching.signal]) },
    )
    try {
      await serve(options, assembly, { watches, metrics })
      ended.abort(stopping())
      await assembly.environment.events.idle()
    } finally {
      ended.abort(stopping())
      watching.abort(stopping())
      await watches.done
      await assembly.environment.sweeps.idle()
      await assembly.close()
    }
  } finally {
    await client.close()
  }
}

const stopping = (): Error => new Error('the operator is stopping')

/** Answers for its health, works until the signal falls, and lets running work end. */
async function serve(
  options: OperatorOptions,
  { queue, loops, environment, populations, budgets }: Assembly,
  { watches, metrics }: { watches: Watches; metrics: Metrics },
): Promise<void> {
  const { config, clock, log, signal } = options
  let isSynced = false
  const { lastHeard } = watches
  readGauges(metrics, { clock, queue, budgets, populations, lastHeard })
  const health = await healthOf(options, {
    isReady: () => isSynced,
    lastHeard: () => Math.min(...lastHeard().values()),
    metrics: () => metrics.text(),
  })
  try {
    await watches.synced
    isSynced = true
    const { instance } = environment
    log.info({ instance, namespaces: config.namespaces ?? 'all', healthPort: health?.port }, 'working')
    const worker = workerOf({ ...options, queue, clock }, measuredLoops(loops, { metrics, clock }))
    const work = queue.run(measuredWorker(worker, metrics), { concurrency: config.concurrency })
    await fallen(signal)
    log.info('stopping')
    const unfinished = await queue.shutdown({ grace: config.grace })
    if (unfinished.length > 0) log.warn({ unfinished }, 'stopped before these had ended')
    await work
  } finally {
    await health?.close()
  }
}

async function healthOf(
  { config, clock }: OperatorOptions,
  answers: Omit<Health, 'clock'>,
): Promise<Awaited<ReturnType<typeof serveHealth>> | undefined> {
  const { healthPort } = config
  if (healthPort === undefined) return undefined
  try {
    return await serveHealth(healthPort, { ...answers, clock })
  } catch (error) {
    throw new Error(
      `cannot listen on --health-port ${healthPort}: ${error instanceof Error ? error.message : String(error)}`,
      {
        cause: error,
      },
    )
  }
}

const fallen = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
