import { isObject, type Json, type JsonObject } from '../../databricks/json.ts'
import type { WireEdit } from '../wire-edit.ts'

/** An entry that Databricks writes into a map by itself, and what makes it do so; undefined: the age of the cluster. */
interface OwnEntry {
  readonly map: string
  readonly key: string
  readonly because?: string
}

const ownEntries: readonly OwnEntry[] = [
  { map: 'spark_conf', key: 'spark.master', because: 'is_single_node' },
  { map: 'spark_conf', key: 'spark.databricks.cluster.profile', because: 'is_single_node' },
  { map: 'custom_tags', key: 'ResourceClass', because: 'is_single_node' },
  { map: 'spark_conf', key: 'spark.databricks.delta.preview.enabled' },
  { map: 'spark_env_vars', key: 'PYSPARK_PYTHON' },
]

/**
 * A map is sent whole, but without what Databricks itself wrote into it: sent back, `spark.master` of a single node
 * would stay when the cluster gets workers, and break it. What somebody set stands among the settings last sent.
 */
export function withoutOwnEntries({ before, after }: WireEdit, manifest: JsonObject): JsonObject {
  const sent = before['spec']
  const own = ownEntries.filter(
    ({ map, key, because }) =>
      isObject(sent) &&
      !has(sent[map], key) &&
      !has(manifest[map], key) &&
      (because === undefined || before[because] === true),
  )
  return own.reduce((body, entry) => without(body, entry), after)
}

const has = (map: Json | undefined, key: string): boolean => isObject(map) && map[key] !== undefined

function without(body: JsonObject, { map, key }: OwnEntry): JsonObject {
  const entries = body[map]
  if (!isObject(entries) || entries[key] === undefined) return body
  const { [key]: _own, ...others } = entries
  return { ...body, [map]: others }
}
