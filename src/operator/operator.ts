import { Agent } from 'undici'
import type { Clock } from '../clock.ts'
import type { Config } from '../config.ts'
import { kinds } from '../kinds/index.ts'
import { Connections } from '../kinds/workspace/connections.ts'
import { Directory } from '../kinds/workspace/directory.ts'
import { reconcileWorkspace } from '../kinds/workspace/reconcile.ts'
import { databricksWorkspace } from '../kinds/workspace/schema.ts'
import { KubeClient } from '../kube/client.ts'
import { loadCluster } from '../kube/credentials.ts'
import { EventRecorder } from '../kube/events.ts'
import type { KubeObject } from '../kube/object.ts'
import { WorkQueue } from '../kube/queue.ts'
import { Store } from '../kube/store.ts'
import { Memory, type Environment } from '../reconcile/environment.ts'
import { reconcile } from '../reconcile/reconcile.ts'
import { Search, Sightings } from '../reconcile/search.ts'
import type { Log } from '../telemetry/log.ts'
import { isDefinitionGoing, uidOfKubeSystem } from './cluster-facts.ts'
import { inWorkspace, needing } from './dependants.ts'
import { follow } from './follow.ts'
import { serveHealth } from './health.ts'
import { queueKey, workerOf, type Reconcile } from './worker.ts'

/** How the operator was configured, and its time, chance and voice. */
export interface OperatorOptions {
  config: Config
  clock: Clock
  random: () => number
  log: Log
  /** Falls when the operator is to stop. */
  signal: AbortSignal
}

/** Milliseconds between two complete listings of one workspace, in which new manifests gather for the next. */
const searchPace = 200

/** Connections to one Databricks host at a time; more would only be throttled. */
const connectionsPerHost = 32

/**
 * The operator from start to stop: clients → stores → loops → watches → work → drain.
 * Resolves when the signal has fallen and running work has ended, or its grace is over.
 */
export async function runOperator(options: OperatorOptions): Promise<void> {
  const { config, clock, random, log, signal } = options
  const access = await loadCluster({ kubeconfig: config.kubeconfig, clock })
  const client = new KubeClient({ access, clock, random })
  const instance = config.instance ?? (await uidOfKubeSystem(client, signal))
  // Running work gets its grace after the signal, so its calls follow a signal of their own.
  const ended = new AbortController()
  const dispatcher = new Agent({ connections: connectionsPerHost, allowH2: false })

  const workspaces = { kind: databricksWorkspace.kind, store: new Store<KubeObject>() }
  const populations = kinds.map((kind) => ({ kind, store: new Store<KubeObject>() }))
  const queue = new WorkQueue({ clock, random, log })
  const directory = new Directory()
  const events = new EventRecorder({
    client,
    clock,
    random,
    log,
    controller: 'lakeward.dev/operator',
    instance: `lakeward-${process.pid}`,
  })
  const environment: Environment = {
    client,
    stores: new Map([
      [workspaces.kind, workspaces.store],
      ...populations.map(({ kind, store }) => [kind.definition.kind, store] as const),
    ]),
    directory,
    events,
    search: new Search(clock, searchPace),
    sightings: new Sightings(clock),
    memory: new Memory(),
    clock,
    random,
    log,
    signal: ended.signal,
    instance,
    isUnnamed: config.instance === undefined,
    attemptSettle: config.requestTimeout + config.attemptSettle,
    isDefinitionGoing: (plural) => isDefinitionGoing(client, plural, ended.signal),
    reportTrouble: (key) => queue.add(queueKey(workspaces.kind, key), { lane: 'dependency' }),
  }
  const { allowedHosts, allowHttp, requestTimeout } = config
  const workspaceLoop = {
    store: workspaces.store,
    directory,
    connections: new Connections(),
    connecting: {
      client,
      dispatcher,
      hostRules: { allowedHosts, allowHttp },
      requestTimeout,
      clock,
      random,
      log,
      signal: ended.signal,
    },
    events,
    dependantsOf: (key: string) => needing(populations, key),
  }
  const loops = new Map<string, Reconcile>([
    [workspaces.kind, (key) => reconcileWorkspace(workspaceLoop, key)],
    ...populations.map(({ kind, store }): [string, Reconcile] => [
      kind.definition.kind,
      (key) => reconcile({ kind, store, environment }, key),
    ]),
  ])
  directory.onChange((workspace) => {
    for (const population of populations)
      for (const key of inWorkspace(population, workspace))
        queue.add(queueKey(population.kind.definition.kind, key), { lane: 'dependency' })
  })

  const watches = follow(
    { client, queue, workspaces, populations, environment },
    { config, clock, random, log, signal },
  )
  let isSynced = false
  const health =
    config.healthPort === undefined
      ? undefined
      : await serveHealth(config.healthPort, { isReady: () => isSynced, lastHeard: watches.lastHeard, clock })
  try {
    await watches.synced
    isSynced = true
    log.info({ instance, namespaces: config.namespaces ?? 'all', healthPort: health?.port }, 'working')
    const work = queue.run(workerOf({ queue, clock, random, log }, loops), {
      concurrency: config.concurrency,
    })
    await fallen(signal)
    log.info('stopping')
    const unfinished = await queue.shutdown({ grace: config.grace })
    if (unfinished.length > 0) log.warn({ unfinished }, 'stopped before these had ended')
    ended.abort(new Error('the operator is stopping'))
    await work
    await events.idle()
  } finally {
    ended.abort(new Error('the operator is stopping'))
    await watches.done
    await health?.close()
    await dispatcher.close()
    await client.close()
  }
}

const fallen = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
