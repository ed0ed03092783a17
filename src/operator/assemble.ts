import { hostname } from 'node:os'
import type { Dispatcher } from 'undici'
import type { Clock } from '../clock.ts'
import type { Config } from '../config.ts'
import { Budgets } from '../databricks/budgets.ts'
import { Connections } from '../kinds/workspace/connections.ts'
import { DeletionGuard } from '../kinds/workspace/deletion-guard.ts'
import { Directory } from '../kinds/workspace/directory.ts'
import { reconcileWorkspace, type WorkspaceLoop } from '../kinds/workspace/reconcile.ts'
import type { KubeClient } from '../kube/client.ts'
import { EventRecorder } from '../kube/events.ts'
import { WorkQueue } from '../kube/queue.ts'
import { Memory, type Environment } from '../reconcile/environment.ts'
import { workspaceKeyOf } from '../reconcile/workspace-key.ts'
import { reconcile } from '../reconcile/reconcile.ts'
import { Search, Sightings } from '../reconcile/search.ts'
import { Sweeps } from '../reconcile/sweeps.ts'
import type { Log } from '../telemetry/log.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import { isDefinitionGoing } from './cluster-facts.ts'
import { inWorkspace, isAskedFor, leavingFrom, needing } from './dependants.ts'
import type { Liveness } from './liveness.ts'
import { countingChecks, countingIn, countingTokens } from './measure.ts'
import type { Stores } from './stores.ts'
import { queueKey, splitQueueKey, type Reconcile } from './worker.ts'

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

/** What the work of one term is given. Of what it sends, nothing goes out after its end. */
export interface Place {
  stores: Stores
  client: KubeClient
  /** To Databricks and the token endpoints. */
  dispatcher: Dispatcher
  /** Where the API server is. */
  apiServer: string
  /** Names this installation in the mark. */
  instance: string
  /** By which the secrets in what we remember are hashed. */
  hashKey: string
  /** Falls when running work has to end at once: its calls end with it. */
  ended: AbortSignal
  metrics: Metrics
  liveness: Liveness
}

/** What works during one term, put together and at rest. Nothing of it outlives the term. */
export interface Assembly {
  queue: WorkQueue
  /** What looks at an object, by kind. */
  loops: ReadonlyMap<string, Reconcile>
  environment: Environment
  budgets: Budgets
}

/** Queue, one loop for each kind, and who wakes whom when a workspace changes. */
export function assemble(options: OperatorOptions, place: Place): Assembly {
  const { clock, random, log } = options
  const { workspaces, populations } = place.stores
  const budgets = new Budgets({ clock, log, signal: place.ended })
  const queue = new WorkQueue({
    clock,
    random,
    log,
    groupOf: workspaceOf(place.stores),
    kindOf: (queued) => splitQueueKey(queued).kind,
  })
  const events = eventsOf(options, place)
  const deletions = new DeletionGuard({
    client: place.client,
    store: workspaces.store,
    leaving: (key) => leavingFrom(populations, { key, workspace: workspaces.store.get(key) }),
    reviewLater: (key, wait) =>
      queue.add(queueKey(workspaces.kind, key), { lane: 'background', at: clock.monotonic() + wait }),
    events,
    clock,
  })
  const environment = environmentOf(options, place, { queue, events, deletions })
  const workspaceLoop: WorkspaceLoop = {
    store: workspaces.store,
    directory: environment.directory,
    connections: new Connections(),
    connecting: connectingOf(options, place, budgets),
    events,
    deletions,
    dependantsOf: (key) => needing(populations, key),
  }
  budgets.onThrottled((key) => queue.add(queueKey(workspaces.kind, key), { lane: 'dependency' }))
  environment.directory.onChange((workspace) => {
    for (const population of populations)
      for (const key of inWorkspace(population, workspace))
        queue.add(queueKey(population.kind.definition.kind, key), { lane: 'dependency' })
  })
  const loops = new Map<string, Reconcile>([
    [workspaces.kind, (key) => reconcileWorkspace(workspaceLoop, key)],
    ...populations.map(({ kind, store }): [string, Reconcile] => [
      kind.definition.kind,
      (key, lane) => reconcile({ kind, store, environment }, key, lane),
    ]),
  ])
  return { queue, loops, environment, budgets }
}

/** The queue's groups: a workspace with all that lives in it. Of an object that is gone nothing is called any more. */
export function workspaceOf({
  workspaces,
  populations,
}: Pick<Stores, 'workspaces' | 'populations'>): (queued: string) => string {
  const stores = new Map(populations.map(({ kind, store }) => [kind.definition.kind, store]))
  return (queued) => {
    const { kind, key } = splitQueueKey(queued)
    if (kind === workspaces.kind) return key
    const object = stores.get(kind)?.get(key)
    return object === undefined ? '' : workspaceKeyOf(object, object.spec)
  }
}

const connectingOf = (
  { config, clock, random, log }: OperatorOptions,
  { client, dispatcher, apiServer, ended, metrics, liveness }: Place,
  budgets: Budgets,
): WorkspaceLoop['connecting'] => ({
  client,
  dispatcher,
  budgets,
  onRequest: countingIn(metrics, liveness),
  onTokenRequest: countingTokens(metrics),
  hostRules: { allowedHosts: config.allowedHosts, allowHttp: config.allowHttp, apiServer },
  own: {
    namespaces: config.ambientIdentityNamespaces,
    oidcTokenFile: config.oidcTokenFile,
    azureTokenFile: config.azureTokenFile,
  },
  azureAuthority: config.azureAuthority,
  requestTimeout: config.requestTimeout,
  clock,
  random,
  log,
  signal: ended,
})

function eventsOf({ clock, random, log }: OperatorOptions, { client, ended }: Place): EventRecorder {
  const reporting = { controller: 'lakeward.dev/operator', instance: hostname() }
  return new EventRecorder({ client, clock, random, log, signal: ended, ...reporting })
}

function environmentOf(
  { config, clock, random, log }: OperatorOptions,
  { stores, client, instance, hashKey, ended, metrics }: Place,
  { queue, ...parts }: { queue: WorkQueue; events: EventRecorder; deletions: DeletionGuard },
): Environment {
  const { workspaces, namespaces, populations } = stores
  const sweeps = new Sweeps({
    clock,
    random,
    log,
    signal: ended,
    wake: (kind, key) => queue.add(queueKey(kind, key), { lane: 'background' }),
    count: countingChecks(metrics),
  })
  return {
    client,
    ...parts,
    stores: new Map([
      [workspaces.kind, workspaces.store],
      ['Namespace', namespaces],
      ...populations.map(({ kind, store }) => [kind.definition.kind, store] as const),
    ]),
    directory: new Directory(),
    search: new Search(clock, searchPace, sweeps.counts),
    sightings: new Sightings(clock),
    sweeps,
    memory: new Memory(),
    clock,
    random,
    log,
    signal: ended,
    instance,
    isUnnamed: config.instance === undefined,
    hashKey,
    // A create waits no longer for its turn than it may take itself.
    createsWithin: 2 * config.requestTimeout,
    attemptSettle: 2 * config.requestTimeout + config.attemptSettle,
    isDefinitionGoing: (plural) => isDefinitionGoing(client, plural, ended),
    lookAgain: (kind, key) => queue.add(queueKey(kind, key), { lane: 'dependency' }),
    isAskedFor: (kind, object) => isAskedFor(populations, { kind, object }),
    reportTrouble: (key) => queue.add(queueKey(workspaces.kind, key), { lane: 'dependency' }),
  }
}
