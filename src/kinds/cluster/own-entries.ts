import { isObject, type Json, type JsonObject } from '../../databricks/json.ts'
import type { WireEdit } from '../wire-edit.ts'
import type { Policy } from './policy.ts'

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

/** The maps that are sent whole. */
const maps = ['spark_conf', 'spark_env_vars', 'custom_tags']

/** Whether a change would send one of them. */
export const sendsMap = ({ changed }: Pick<WireEdit, 'changed'>): boolean =>
  maps.some((map) => changed.includes(map))

interface Manifest {
  /** What people named, as a body. */
  readonly manifest: JsonObject
  readonly policy: Policy
}

/**
 * A map is sent whole, but without what Databricks itself or a policy wrote into it. Sent back, `spark.master` of a
 * single node would stay when the cluster gets workers, and break it; and a tag that the policy fixes would stay as it
 * is when the policy changes, and be refused. What somebody set stands among the settings last sent.
 */
export function withoutOwnEntries(
  { before, after }: Pick<WireEdit, 'before' | 'after'>,
  { manifest, policy }: Manifest,
): JsonObject {
  const sent = before['spec']
  const own = ownEntries.filter(
    ({ map, key, because }) =>
      isObject(sent) && !has(sent[map], key) && (because === undefined || before[because] === true),
  )
  return [...own, ...fixedEntries(after, policy)]
    .filter(({ map, key }) => !has(manifest[map], key))
    .reduce((body, entry) => without(body, entry), after)
}

const fixedEntries = (body: JsonObject, policy: Policy): OwnEntry[] =>
  maps.flatMap((map) => {
    const entries = body[map]
    const keys = isObject(entries) ? Object.keys(entries) : []
    return keys.filter((key) => policy.fixes(`${map}.${key}`)).map((key) => ({ map, key }))
  })

const has = (map: Json | undefined, key: string): boolean => isObject(map) && map[key] !== undefined

function without(body: JsonObject, { map, key }: OwnEntry): JsonObject {
  const entries = body[map]
  if (!isObject(entries) || entries[key] === undefined) return body
  const { [key]: _own, ...others } = entries
  return { ...body, [map]: others }
}
