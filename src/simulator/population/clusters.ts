import type { Cluster } from '../clusters/cluster.ts'
import { bareCluster } from '../clusters/new-cluster.ts'
import { isRefusal } from '../http/refusal.ts'
import type { Random } from '../random.ts'
import type { Workspace } from '../workspace.ts'
import { between, happens, oneOf, weighted } from './chance.ts'
import { failures, idle, letEnd, letRun } from './past.ts'
import type { Staff } from './people.ts'
import { makeSpec } from './specs.ts'

const minute = 60_000
const day = 24 * 60 * minute

/** About half of so many are pinned. */
const mayBePinned = 80

/** What content is made with. */
export interface Circumstances {
  readonly random: Random
  readonly staff: Staff
  readonly workspace: Workspace
}

/** Adds clusters as people and programs have them, in all states. */
export function addClusters(count: number, circumstances: Circumstances): void {
  const clusters = Array.from({ length: count }, (_, index) => makeCluster(index, circumstances))
  circumstances.workspace.clusters.load(clusters)
}

function makeCluster(index: number, { random, staff, workspace }: Circumstances): Cluster {
  const { team, members } = oneOf(random, staff)
  const creator = oneOf(random, members)
  const purpose = oneOf(random, ['adhoc', 'shared', 'bi', 'ml', 'debug'])
  const spec = {
    cluster_name: `${team}-${purpose}-${String(index).padStart(4, '0')}`,
    ...makeSpec(random, { cloud: workspace.switches.cloud, team }),
    autotermination_minutes: oneOf(random, [0, 30, 60, 60, 120]),
  }
  const settings = workspace.clusters.admit(spec, { type: 'all-purpose', caller: creator })
  if (isRefusal(settings)) throw new Error(`The content has a cluster that cannot be: ${settings.message}`)
  const source = creator.kind === 'user' && happens(random, 0.7) ? 'UI' : 'API'
  const state = weighted(random, [
    ['TERMINATED', 13],
    ['RUNNING', 6],
    ['PENDING', 1],
  ])
  const now = workspace.clock.now()
  const startedAt = state === 'PENDING' ? now : now - between(random, 11 * day, 29 * day)
  const made = { spec, settings, creator: creator.name, source, givenName: undefined } as const
  const cluster = bareCluster(made, startedAt, random)
  if (index < mayBePinned && happens(random, 0.5)) cluster.pinnedBy = creator.id
  if (state !== 'PENDING') letRun(cluster, now - random.below(10 * minute), random)
  if (state === 'TERMINATED') {
    const ending = happens(random, 0.9) ? idle : oneOf(random, failures)
    cluster.activeAt = startedAt + between(random, 5, 600) * minute
    letEnd(cluster, cluster.activeAt + 60 * minute, ending)
  }
  return cluster
}
