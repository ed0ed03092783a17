import type { Cluster } from '../clusters/cluster.ts'
import { bareCluster } from '../clusters/new-cluster.ts'
import type { ClusterSpec } from '../clusters/spec.ts'
import type { Random } from '../random.ts'
import { between, happens, oneOf, weighted } from './chance.ts'
import type { Circumstances } from './clusters.ts'
import { failures, finished, letEnd, letRun } from './past.ts'
import { makeSpec } from './specs.ts'

const minute = 60_000
const keptMinutes = 30 * 24 * 60
const longestMinutes = 180

/** What a run of a job makes clusters with. Runs share it, and so does memory. */
interface Origin {
  readonly creator: string
  readonly spec: ClusterSpec
  readonly name: string
}

/** Adds the clusters of the runs of the last 30 days, all of them finished. */
export function addJobClusters(count: number, circumstances: Circumstances): void {
  const { random, workspace } = circumstances
  const origins = originsIn(circumstances)
  const now = workspace.clock.now()
  const clusters = Array.from({ length: count }, () => makeJobCluster(random, oneOf(random, origins), now))
  workspace.clusters.load(clusters)
}

/** The jobs that have clusters; without any, some that are gone. */
function originsIn({ random, staff, workspace }: Circumstances): Origin[] {
  const present = workspace.jobs.inOrder().flatMap(({ id, creator, settings: { job_clusters = [] } }) =>
    job_clusters.map(({ job_cluster_key, new_cluster: spec }) => ({
      creator,
      spec,
      name: `job-${id}-run-#-${job_cluster_key}`,
    })),
  )
  if (present.length > 1) return present
  return Array.from({ length: 20 }, () => {
    const { team, members } = oneOf(random, staff)
    const spec = makeSpec(random, { cloud: workspace.switches.cloud, team })
    return { creator: oneOf(random, members).name, spec, name: `job-${random.id()}-run-#-main` }
  })
}

function makeJobCluster(random: Random, { creator, spec, name }: Origin, now: number): Cluster {
  const source = weighted(random, [
    ['JOB', 18],
    ['PIPELINE', 1],
    ['SQL', 1],
  ])
  const run = String(random.id())
  const givenName = source === 'JOB' ? name.replace('#', run) : `${source.toLowerCase()}-execution-${run}`
  const minutes = between(random, 3, longestMinutes)
  const startedAt = now - between(random, minutes + 1, keptMinutes) * minute
  const cluster = bareCluster({ spec, settings: spec, creator, source, givenName }, startedAt, random)
  letRun(cluster, startedAt + minute, random)
  letEnd(cluster, startedAt + minutes * minute, happens(random, 0.95) ? finished : oneOf(random, failures))
  return cluster
}
