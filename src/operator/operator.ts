import { KubeClient } from '../kube/client.ts'
import { loadCluster } from '../kube/credentials.ts'
import { Metrics } from '../telemetry/metrics.ts'
import { measureProcess } from '../telemetry/process.ts'
import { assemble, type Assembly, type OperatorOptions } from './assemble.ts'
import { uidOfKubeSystem } from './cluster-facts.ts'
import { follow } from './follow.ts'
import { serveHealth, type Check, type Health } from './health.ts'
import { Liveness } from './liveness.ts'
import { countingCalls, measuredLoops, measuredWorker, readGauges } from './measure.ts'
import { areFull, areHeard, goOn, type Watches } from './watches.ts'
import { workerOf } from './worker.ts'

/**
 * The operator from start to stop: client → health → parts → watches → work → drain.
 * Resolves when the signal has fallen and running work has ended, or its grace is over. Whatever fails on the
 * way, nothing is left running behind it.
 */
export async function runOperator(options: OperatorOptions): Promise<void> {
  const { config, clock, random, signal } = options
  await using end = new AsyncDisposableStack()
  const access = await loadCluster({ kubeconfig: config.kubeconfig, clock })
  const metrics = new Metrics()
  end.use(measureProcess(metrics, clock))
  const client = new KubeClient({ access, clock, random, onCall: countingCalls(metrics) })
  end.defer(() => client.close())
  const liveness = new Liveness({ clock, requestTimeout: config.requestTimeout })
  const live: Check[] = [liveness]
  const ready: Check[] = []
  const healthPort = await startHealth(options, { live, ready, metrics: () => metrics.text() }, end)
  const instance = config.instance ?? (await uidOfKubeSystem(client, signal))
  // Running work gets its grace after the signal, so its calls follow a signal of their own.
  const ended = new AbortController()
  const place = { client, instance, apiServer: access.server, ended: ended.signal, metrics, liveness }
  const assembly = assemble(options, place)
  const watching = new AbortController()
  const watches = follow(
    { client, ...assembly },
    { ...options, signal: AbortSignal.any([signal, watching.signal]) },
  )
  end.defer(async () => {
    ended.abort(stopping())
    watching.abort(stopping())
    await watches.done
    await assembly.environment.sweeps.idle()
    await assembly.close()
  })
  live.push(goOn(watches))
  ready.push(areFull(watches), areHeard(watches, clock))
  await work(options, assembly, { watches, metrics, liveness, healthPort })
  ended.abort(stopping())
  await assembly.environment.events.idle()
}

const stopping = (): Error => new Error('the operator is stopping')

/** Works until the signal falls, and lets running work end. */
async function work(
  options: OperatorOptions,
  { queue, loops, environment, populations, budgets }: Assembly,
  {
    watches,
    metrics,
    liveness,
    healthPort,
  }: { watches: Watches; metrics: Metrics; liveness: Liveness; healthPort: number | undefined },
): Promise<void> {
  const { config, clock, log, signal } = options
  const { lastHeard } = watches
  readGauges(metrics, { clock, queue, budgets, populations, lastHeard, liveness })
  await watches.synced
  const { instance } = environment
  log.info({ instance, namespaces: config.namespaces ?? 'all', healthPort }, 'working')
  const worker = workerOf({ ...options, queue, clock }, measuredLoops(loops, { metrics, clock }))
  liveness.follow({ queue, budgets })
  const running = queue.run(liveness.watching(measuredWorker(worker, metrics)), {
    concurrency: config.concurrency,
  })
  await fallen(signal)
  log.info('stopping')
  liveness.follow(undefined)
  const unfinished = await queue.shutdown({ grace: config.grace })
  if (unfinished.length > 0) log.warn({ unfinished }, 'stopped before these had ended')
  await running
}

/** Returns the port; undefined when nobody wants to know. */
async function startHealth(
  { config, log }: OperatorOptions,
  answers: Omit<Health, 'log'>,
  end: AsyncDisposableStack,
): Promise<number | undefined> {
  const { healthPort } = config
  if (healthPort === undefined) return undefined
  try {
    const health = await serveHealth(healthPort, { ...answers, log })
    end.defer(() => health.close())
    return health.port
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
