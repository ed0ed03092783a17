import type { Random } from '../random.ts'
import type { Cluster } from './cluster.ts'
import { searching } from './deeds.ts'
import { lifeOf } from './events.ts'
import { sizeOf } from './spec.ts'

/** What decides about a cluster when it is made. */
export type Made = Pick<Cluster, 'spec' | 'settings' | 'creator' | 'source' | 'givenName'>

/** A cluster that comes up for the first time, with its log. */
export function newCluster(made: Made, at: number, random: Random): Cluster {
  const cluster = bareCluster(made, at, random)
  cluster.events = lifeOf(cluster)
  return cluster
}

/** A cluster that comes up for the first time, whose log is told from its life as long as that is ordinary. */
export const bareCluster = (made: Made, at: number, random: Random): Cluster => ({
  id: newId(at, random),
  creator: made.creator,
  source: made.source,
  givenName: made.givenName,
  spec: made.spec,
  shownSpec: undefined,
  settings: made.settings,
  size: sizeOf(made.settings),
  state: 'PENDING',
  since: at,
  message: searching,
  startedAt: at,
  restartedAt: undefined,
  terminatedAt: undefined,
  activeAt: undefined,
  terminationReason: undefined,
  startFailure: undefined,
  contextId: 0n,
  pinnedBy: undefined,
  unpinnedAt: undefined,
  events: undefined,
})

/** An id as the service makes them: the instant, and chance. */
function newId(at: number, random: Random): string {
  const [, month, day, hour, minute, second] = new Date(at).toISOString().split(/[-T:.]/)
  return `${month}${day}-${hour}${minute}${second}-${random.text(8)}`
}
