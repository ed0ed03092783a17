import { isObject, type Json, type JsonObject } from '../../databricks/json.ts'
import type { WireEdit } from '../wire-edit.ts'
import { blocks, maps, scalars, type Policy } from './policy.ts'

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
 * `manifest` is what people named, as a body.
 */
export function withoutOwnEntries(
  { before, after }: Pick<WireEdit, 'before' | 'after'>,
  manifest: JsonObject,
): JsonObject {
  const sent = before['spec']
  return ownEntries
    .filter(
      ({ map, key, because }) =>
        isObject(sent) && !has(sent[map], key) && (because === undefined || before[because] === true),
    )
    .filter(({ map, key }) => !has(manifest[map], key))
    .reduce((body, entry) => without(body, entry), after)
}

/**
 * A cluster with what its policy fixes as it says today, unless people named it. Whether an update puts that in where it
 * is not sent is not confirmed; and as it once was, it would be refused. What borrows a right is never sent for a
 * policy: that is left to Databricks. In a block it stays as it was read, so that no update names it.
 */
export function withFixedEntries(body: JsonObject, manifest: JsonObject, policy: Policy): JsonObject {
  const isPooled = typeof body['instance_pool_id'] === 'string' && body['instance_pool_id'] !== ''
  const names = [...maps, ...blocks.filter((block) => isObject(body[block]) && !isPooled)]
  const refilled = names.flatMap((name): [string, Json][] => {
    const fixed = Object.entries(policy.fixedIn(name)).filter(([key]) => !has(manifest[name], key))
    if (fixed.length === 0) return []
    const entries = isObject(body[name]) ? body[name] : {}
    const left = Object.entries(entries).filter(([key]) => !fixed.some(([one]) => one === key))
    const put = fixed.filter(
      (entry) => !borrows(entry) || (blocks.includes(name) && entries[entry[0]] === entry[1]),
    )
    return [[name, Object.fromEntries([...left, ...put])]]
  })
  const settings = scalars.flatMap((name): [string, Json][] => {
    const fixed = policy.fixed(name)
    // Where there is none, or one of another type, Databricks takes what it is sent or says what is wrong.
    const isRefilled = typeof fixed === typeof body[name] && manifest[name] === undefined
    return fixed === undefined || !isRefilled || (isPooled && fromPool.has(name)) ? [] : [[name, fixed]]
  })
  return { ...body, ...Object.fromEntries([...refilled, ...settings]) }
}

const fromPool = new Set(['node_type_id', 'driver_node_type_id', 'enable_elastic_disk'])

/** A cluster that is sent whole, without what borrows a right and is its policy's to give. */
export function withoutBorrowed(body: JsonObject, manifest: JsonObject, policy: Policy): JsonObject {
  const { single_user_name: _user, ...others } = body
  const isGiven = policy.fixed('single_user_name') !== undefined && manifest['single_user_name'] === undefined
  return blocks
    .flatMap((map) => Object.entries(policy.fixedIn(map)).map((entry) => ({ map, entry })))
    .filter(({ map, entry }) => borrows(entry) && !has(manifest[map], entry[0]))
    .reduce<JsonObject>((left, { map, entry: [key] }) => without(left, { map, key }), isGiven ? others : body)
}

const borrowed = new Set(['instance_profile_arn', 'google_service_account'])

const borrows = ([key, value]: readonly [string, Json | undefined]): boolean =>
  borrowed.has(key) || (typeof value === 'string' && value.includes('{{'))

/** What no difference changes and where something is not as the policy has it today. */
export const outdated = ({ before, changed }: WireEdit, after: JsonObject): string[] =>
  [...maps, ...blocks, ...scalars].filter((name) => {
    const [was, is] = [before[name], after[name]]
    if (changed.includes(name)) return false
    if (!isObject(is)) return is !== was
    return Object.entries(is).some(([key, value]) => !isObject(was) || was[key] !== value)
  })

const has = (map: Json | undefined, key: string): boolean => isObject(map) && map[key] !== undefined

function without(body: JsonObject, { map, key }: OwnEntry): JsonObject {
  const entries = body[map]
  if (!isObject(entries) || entries[key] === undefined) return body
  const { [key]: _own, ...others } = entries
  return { ...body, [map]: others }
}
