import type { Config } from '../config.ts'
import type { Clock } from '../clock.ts'
import { databricksWorkspace } from '../kinds/workspace/schema.ts'
import type { KubeClient } from '../kube/client.ts'
import { listAndWatch, type ListWatch } from '../kube/list-watch.ts'
import { keyOf, type KubeObject, type Resource } from '../kube/object.ts'
import type { WorkQueue } from '../kube/queue.ts'
import type { Change, Store } from '../kube/store.ts'
import type { Environment } from '../reconcile/environment.ts'
import { isDeleting } from '../reconcile/annotations.ts'
import { workspaceKeyOf } from '../reconcile/workspace-key.ts'
import type { ManagedSpec } from '../kinds/kind.ts'
import type { ResourceDefinition } from '../kinds/resource.ts'
import type { Log } from '../telemetry/log.ts'
import { borrowingFrom, borrowingIn, changesReferences, referringTo, type Population } from './dependants.ts'
import { changesAccess, changesLabels, isNews } from './news.ts'
import { together, type Watches } from './watches.ts'
import { queueKey } from './worker.ts'

/** Who is followed, and who is told. */
export interface Followers {
  client: KubeClient
  queue: WorkQueue
  workspaces: { kind: string; store: Store<KubeObject> }
  namespaces: Store<KubeObject>
  populations: readonly Population[]
  environment: Pick<Environment, 'memory' | 'sightings' | 'sweeps'>
}

/** Only their names and labels matter; they have little else. */
const namespacesResource: Resource = { group: '', version: 'v1', plural: 'namespaces', kind: 'Namespace' }

interface Means {
  config: Config
  clock: Clock
  random: () => number
  log: Log
  signal: AbortSignal
}

/** Follows every kind of ours and puts into the queue whatever a change is a reason to look at. */
export function follow(
  { client, queue, workspaces, namespaces, populations, environment }: Followers,
  means: Means,
): Watches {
  const { config, clock, random, log, signal } = means
  const relistEvery = config.relistInterval
  // What the first lists show was there before us; nobody waits for it in front of a terminal.
  let isComplete = false
  const start = (
    definition: ResourceDefinition,
    store: Store<KubeObject>,
    alsoWakes: (change: Change<KubeObject>) => void,
  ): ListWatch =>
    listAndWatch({
      client,
      resource: definition,
      namespaces: config.namespaces,
      store,
      onChange: (change) => {
        if (isNews(change))
          queue.add(queueKey(definition.kind, keyOf(change.object)), {
            lane: isComplete ? 'edit' : 'background',
          })
        if (change.type === 'Deleted') {
          environment.sightings.forget(change.object.metadata.uid)
          environment.memory.forget(change.object.metadata.uid)
          environment.sweeps.forget(change.object.metadata.uid)
        } else environment.sightings.firstSeen(change.object.metadata.uid)
        alsoWakes(change)
      },
      relistEvery,
      clock,
      random,
      log,
      signal,
    })

  const wakeAll = (keys: readonly string[], kind: string) => {
    for (const key of keys) queue.add(queueKey(kind, key), { lane: 'dependency' })
  }
  /** A workspace that is only kept for its dependants goes with the last of them. */
  const wakeLeaving = (gone: KubeObject) => {
    const key = workspaceKeyOf(gone, gone.spec as ManagedSpec)
    const workspace = workspaces.store.get(key)
    if (workspace !== undefined && isDeleting(workspace)) wakeAll([key], workspaces.kind)
  }
  const wakeBorrowers = (keysIn: (population: Population) => string[]) => {
    for (const population of populations) wakeAll(keysIn(population), population.kind.definition.kind)
  }
  // Whoever waits for a workspace that was just made hears of it when it is connected.
  const ofWorkspaces = start(databricksWorkspace, workspaces.store, (change) => {
    if (changesAccess(change)) wakeBorrowers((of) => borrowingFrom(of, keyOf(change.object)))
  })
  const ofNamespaces = listAndWatch({
    client,
    resource: namespacesResource,
    store: namespaces,
    onChange: (change) => {
      if (changesLabels(change)) wakeBorrowers((of) => borrowingIn(of, change.object.metadata.name))
    },
    relistEvery,
    clock,
    random,
    log,
    signal,
  })
  const ofPopulations = populations.map(({ kind, store }): [string, ListWatch] => [
    kind.definition.kind,
    start(kind.definition, store, (change) => {
      if (change.type === 'Deleted') wakeLeaving(change.object)
      if (!changesReferences(change)) return
      for (const population of populations)
        wakeAll(
          referringTo(population, { kind: kind.definition.kind, object: change.object }),
          population.kind.definition.kind,
        )
    }),
  ])
  const byKind = new Map([
    [workspaces.kind, ofWorkspaces],
    [namespacesResource.kind, ofNamespaces],
    ...ofPopulations,
  ])
  const watches = together(byKind, { signal, log })
  // Not told of a failure here: whoever waits for the same is.
  watches.synced.then(() => (isComplete = true)).catch(() => undefined)
  return watches
}
