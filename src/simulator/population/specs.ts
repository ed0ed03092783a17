import type { Cloud } from '../clusters/clouds.ts'
import { nodeTypes } from '../clusters/node-types.ts'
import type { ClusterSpec } from '../clusters/spec.ts'
import type { Random } from '../random.ts'
import { between, happens, oneOf, weighted } from './chance.ts'
import type { Team } from './people.ts'

const runtimes = [
  ['15.4.x-scala2.12', 6],
  ['16.4.x-scala2.12', 4],
  ['14.3.x-scala2.12', 2],
  ['15.4.x-photon-scala2.12', 1],
  ['15.4.x-cpu-ml-scala2.12', 1],
] as const

/** What a cluster may be made of, by chance. */
export function makeSpec(random: Random, { cloud, team }: { cloud: Cloud; team: Team }): ClusterSpec {
  const workers = between(random, 1, 8)
  return {
    spark_version: weighted(random, runtimes),
    node_type_id: oneOf(random, nodeTypes[cloud]).node_type_id,
    ...(happens(random, 0.4)
      ? { autoscale: { min_workers: workers, max_workers: workers + between(random, 1, 8) } }
      : { num_workers: workers }),
    ...(happens(random, 0.5) && {
      spark_conf: { 'spark.sql.shuffle.partitions': String(50 * between(random, 1, 8)) },
    }),
    ...(happens(random, 0.2) && { spark_env_vars: { STAGE: oneOf(random, ['dev', 'test', 'prod']) } }),
    custom_tags: { team, env: oneOf(random, ['dev', 'test', 'prod']) },
  }
}
