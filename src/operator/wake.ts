import { deletionsOf } from '../kinds/workspace/deletion-guard.ts'
import { keyOf, type KubeObject } from '../kube/object.ts'
import type { WorkQueue } from '../kube/queue.ts'
import type { Change } from '../kube/store.ts'
import type { Lane } from '../lane.ts'
import { isDeleting } from '../reconcile/annotations.ts'
import type { Environment } from '../reconcile/environment.ts'
import { workspaceKeyOf } from '../reconcile/workspace-key.ts'
import {
  borrowingFrom,
  borrowingIn,
  changesReferences,
  deletedIn,
  referringTo,
  vanishedFor,
  type Population,
} from './dependants.ts'
import { changesAccess, changesLabels, isNews, releasesDeletions } from './news.ts'
import type { Stores } from './stores.ts'
import { queueKey } from './worker.ts'

/** Whose work is woken. */
interface Woken {
  stores: Stores
  queue: WorkQueue
  environment: Pick<Environment, 'memory' | 'sightings' | 'sweeps'>
}

/** Everything there is, to be looked at. It was there before us: nobody waits for it in front of a terminal. */
export function wakeEverything({ stores, queue, environment }: Woken): void {
  const { workspaces, populations } = stores
  const all = [workspaces, ...populations.map(({ kind, store }) => ({ kind: kind.definition.kind, store }))]
  for (const { kind, store } of all)
    for (const object of store.values()) {
      environment.sightings.firstSeen(object.metadata.uid)
      queue.add(queueKey(kind, keyOf(object)), { lane: 'background' })
    }
}

/** Hears of changes. */
type Listener = (kind: string, change: Change<KubeObject>) => void

/** Puts into the queue whatever a change is a reason to look at. */
export function waking(woken: Woken): Listener {
  const { workspaces } = woken.stores
  return (kind, change) => {
    // Whoever waits for a workspace that was just made hears of it when it is connected.
    if (kind === workspaces.kind) {
      wakeItself(woken, kind, change)
      if (releasesDeletions(change)) wakeThose(woken, (of) => deletedIn(of, keyOf(change.object)))
      if (changesAccess(change)) wakeThose(woken, (of) => borrowingFrom(of, keyOf(change.object)))
    } else if (kind === 'Namespace') {
      if (changesLabels(change)) wakeThose(woken, (of) => borrowingIn(of, change.object.metadata.name))
    } else {
      wakeItself(woken, kind, change)
      if (change.type === 'Deleted') wakeLeaving(woken, change.object)
      const target = { kind, object: change.object }
      if (change.type !== 'Deleted' && isNews(change))
        for (const vanished of vanishedFor(woken.stores.populations, target))
          wake(woken.queue, { ...vanished, lane: 'dependency' })
      if (changesReferences(change)) wakeThose(woken, (of) => referringTo(of, target))
    }
  }
}

function wakeItself({ queue, environment }: Woken, kind: string, change: Change<KubeObject>): void {
  const { uid } = change.object.metadata
  if (isNews(change)) wake(queue, { kind, keys: [keyOf(change.object)], lane: 'edit' })
  if (change.type !== 'Deleted') return void environment.sightings.firstSeen(uid)
  environment.sightings.forget(uid)
  environment.memory.forget(uid)
  environment.sweeps.forget(uid)
}

function wakeThose({ stores, queue }: Woken, keysIn: (population: Population) => string[]): void {
  for (const population of stores.populations)
    wake(queue, { kind: population.kind.definition.kind, keys: keysIn(population), lane: 'dependency' })
}

/** A workspace that is only kept for its dependants goes with the last of them; of deletions that wait there is one less. */
function wakeLeaving({ stores: { workspaces }, queue }: Woken, gone: KubeObject): void {
  const key = workspaceKeyOf(gone, gone.spec)
  const workspace = workspaces.store.get(key)
  if (workspace === undefined) return
  if (isDeleting(workspace) || deletionsOf(workspace)?.held !== undefined)
    wake(queue, { kind: workspaces.kind, keys: [key], lane: 'dependency' })
}

function wake(queue: WorkQueue, { kind, keys, lane }: { kind: string; keys: string[]; lane: Lane }): void {
  for (const key of keys) queue.add(queueKey(kind, key), { lane })
}
