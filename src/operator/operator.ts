import { KubeClient } from '../kube/client.ts'
import { loadCluster } from '../kube/credentials.ts'
import { assemble, type Assembly, type OperatorOptions } from './assemble.ts'
import { uidOfKubeSystem } from './cluster-facts.ts'
import { follow, type Watches } from './follow.ts'
import { serveHealth } from './health.ts'
import { workerOf } from './worker.ts'

/**
 * The operator from start to stop: client → parts → watches → work → drain.
 * Resolves when the signal has fallen and running work has ended, or its grace is over. Whatever fails on the
 * way, nothing is left running behind it.
 */
export async function runOperator(options: OperatorOptions): Promise<void> {
  const { config, clock, random, signal } = options
  const access = await loadCluster({ kubeconfig: config.kubeconfig, clock })
  const client = new KubeClient({ access, clock, random })
  // Running work gets its grace after the signal, so its calls follow a signal of their own.
  const ended = new AbortController()
  const watching = new AbortController()
  try {
    const instance = config.instance ?? (await uidOfKubeSystem(client, signal))
    const assembly = assemble(options, { client, instance, apiServer: access.server, ended: ended.signal })
    const watches = follow(
      { client, ...assembly },
      { ...options, signal: AbortSignal.any([signal, watching.signal]) },
    )
    try {
      await serve(options, assembly, watches)
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
  { queue, loops, environment }: Assembly,
  watches: Watches,
): Promise<void> {
  const { config, clock, log, signal } = options
  let isSynced = false
  const health = await healthOf(options, { isReady: () => isSynced, lastHeard: watches.lastHeard })
  try {
    await watches.synced
    isSynced = true
    const { instance } = environment
    log.info({ instance, namespaces: config.namespaces ?? 'all', healthPort: health?.port }, 'working')
    const work = queue.run(workerOf({ ...options, queue, clock }, loops), { concurrency: config.concurrency })
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
  answers: { isReady: () => boolean; lastHeard: () => number },
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
