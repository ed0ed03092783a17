import { clouds, type Cloud } from '../clusters/clouds.ts'
import { nodeTypeWithId } from '../clusters/node-types.ts'
import { isSparkVersion } from '../clusters/spark-versions.ts'
import { invalidParameter, type Refusal } from '../http/refusal.ts'
import type { PoolSettings } from './pool.ts'

const longestName = 100
const mostTags = 45

/** The first reason why a pool cannot be like this. */
export function checkPool(settings: PoolSettings, cloud: Cloud): Refusal | undefined {
  const { instance_pool_name: name, node_type_id, min_idle_instances, max_capacity = Infinity } = settings
  if (name.length < 1 || name.length > longestName)
    return invalidParameter(`The name of an instance pool has 1 to ${longestName} characters.`)
  if (nodeTypeWithId(node_type_id, cloud) === undefined)
    return invalidParameter(`Node type ${node_type_id} is not supported.`)
  if (min_idle_instances > max_capacity)
    return invalidParameter('min_idle_instances must not be greater than max_capacity.')
  if (Object.keys(settings.custom_tags ?? {}).length > mostTags)
    return invalidParameter(`At most ${mostTags} custom tags are allowed.`)
  return checkPreloaded(settings) ?? checkCloud(settings, cloud)
}

function checkPreloaded({ preloaded_spark_versions: versions = [] }: PoolSettings): Refusal | undefined {
  if (versions.length > 1) return invalidParameter('An instance pool can preload at most one spark version.')
  const unknown = versions.find((version) => !isSparkVersion(version))
  return unknown === undefined ? undefined : invalidParameter(`Invalid spark version ${unknown}.`)
}

function checkCloud(settings: PoolSettings, cloud: Cloud): Refusal | undefined {
  const own = clouds[cloud].block
  const foreign = Object.values(clouds)
    .map(({ block }) => block)
    .find((block) => block !== own && settings[block] !== undefined)
  return foreign === undefined
    ? undefined
    : invalidParameter(`${foreign} cannot be set in a workspace on ${cloud}, which takes ${own}.`)
}
