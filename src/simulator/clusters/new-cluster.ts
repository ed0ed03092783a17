import type { Random } from '../random.ts'
import type { Cluster } from './cluster.ts'
import { searching } from './deeds.ts'
import { attributesOf } from './events.ts'
import { sizeOf } from './spec.ts'
import { record } from './state-machine.ts'

/** A cluster that comes up for the first time. */
export function newCluster(
  made: Pick<Cluster, 'spec' | 'settings' | 'creator' | 'source'>,
  at: number,
  random: Random,
): Cluster {
  const cluster: Cluster = {
    id: newId(at, random),
    givenName: undefined,
    ...made,
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
    events: [],
  }
  const details = { user: made.creator, cluster_size: cluster.size, attributes: attributesOf(made.spec) }
  record(cluster, 'CREATING', { at, details })
  return cluster
}

/** An id as the service makes them: the instant, and chance. */
function newId(at: number, random: Random): string {
  const [, month, day, hour, minute, second] = new Date(at).toISOString().split(/[-T:.]/)
  return `${month}${day}-${hour}${minute}${second}-${random.text(8)}`
}
