import type { Databricks } from '../../databricks/client.ts'
import { DatabricksError, type ErrorKind } from '../../databricks/errors.ts'
import { isObject, parseJson, type Json, type JsonObject } from '../../databricks/json.ts'
import type { Difference } from '../../drift/difference.ts'
import type { Value } from '../../drift/value.ts'
import { toSnakeCase } from '../naming.ts'

/** What a policy of clusters decides, by Databricks' names: `autotermination_minutes`, `custom_tags.team`. */
export interface Policy {
  /** Whether it has a rule for the attribute. */
  readonly says: (attribute: string) => boolean
  /** Whether it has one for the attribute or for something in it. */
  readonly touches: (attribute: string) => boolean
  /** The one value that it allows of the attribute. */
  readonly fixed: (attribute: string) => Json | undefined
  /** The members of a map or block that have one value only, which Databricks puts in where none is sent. */
  readonly fixedIn: (name: string) => JsonObject
}

/** The settings that are maps: a change sends them whole. */
export const maps = ['spark_conf', 'spark_env_vars', 'custom_tags']

/** The settings that only one cloud knows. */
export const blocks = ['aws_attributes', 'azure_attributes', 'gcp_attributes']

/** The settings of one value that a policy may decide alone, but for those that borrow a right or say the size. */
export const scalars = [
  'node_type_id',
  'driver_node_type_id',
  'instance_pool_id',
  'driver_instance_pool_id',
  'runtime_engine',
  'data_security_mode',
  'enable_elastic_disk',
  'enable_local_disk_encryption',
  'autotermination_minutes',
]

/** Where policies spell what lies below as bodies do; of the places of logs and scripts they have other words. */
const spelledAlike = new Set([...maps, ...blocks])

const nothing = policyOf({})

/** We may not read it, or it is not there: creating the cluster will tell. */
const unreadable: ReadonlySet<ErrorKind> = new Set(['Forbidden', 'Missing', 'Invalid'])

/** Reads which attributes a policy has rules for. https://docs.databricks.com/api/workspace/clusterpolicies/get */
export async function readPolicy(databricks: Databricks, policyId: Json | undefined): Promise<Policy> {
  if (typeof policyId !== 'string' || policyId === '') return nothing
  try {
    const policy = await databricks.call({
      method: 'GET',
      path: '/api/2.0/policies/clusters/get',
      query: { policy_id: policyId },
      effect: 'read',
    })
    return policyOf(definitionIn(policy['definition']))
  } catch (error) {
    if (error instanceof DatabricksError && unreadable.has(error.kind)) return nothing
    throw error
  }
}

function policyOf(rules: JsonObject): Policy {
  const attributes = Object.keys(rules)
  const fixed = (attribute: string) => fixedBy(Object.hasOwn(rules, attribute) ? rules[attribute] : undefined)
  return {
    says: (attribute) => Object.hasOwn(rules, attribute),
    touches: (attribute) => {
      const [top = ''] = attribute.split('.')
      const scope = spelledAlike.has(top) ? attribute : top
      return attributes.some((one) => one === scope || one.startsWith(`${scope}.`))
    },
    fixed,
    fixedIn: (name) =>
      Object.fromEntries(
        attributes.flatMap((attribute) => {
          const value = attribute.startsWith(`${name}.`) ? fixed(attribute) : undefined
          const text = scalarText(value)
          if (value === undefined || text === undefined) return []
          return [[attribute.slice(name.length + 1), maps.includes(name) ? text : value] as const]
        }),
      ),
  }
}

/** The value of a rule of the type that allows one value only. */
const fixedBy = (rule: Json | undefined): Json | undefined =>
  isObject(rule) && rule['type'] === 'fixed' ? rule['value'] : undefined

const scalarText = (value: Json | Value | undefined): string | undefined =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? String(value)
    : undefined

/** The differences that are there because the policy allows no other value. */
export const imposedBy = (policy: Policy, differences: readonly Difference[]): Difference[] =>
  differences.filter(({ path, found }) => {
    const value = scalarText(policy.fixed(attributeOf(path)))
    return value !== undefined && value === scalarText(found)
  })

/**
 * The policy once these differences are brought about: one that goes, or that somebody put in the place of the `usual`
 * one, imposes nothing that stays. One that is put up with does.
 */
export function policyAfter(
  differences: readonly Difference[],
  usual: Json | undefined,
  there: Json | undefined,
): Json | undefined {
  const change = differences.find(({ path }) => path[0] === 'policyId')
  if (change === undefined) return usual
  return change.tolerated === undefined ? scalarText(change.wanted) : there
}

/** A path as policies spell it: `aws_attributes.zone_id`, `custom_tags.team`. */
export function attributeOf(path: Difference['path']): string {
  const [name = '', ...below] = path.map((segment) =>
    typeof segment === 'object' ? segment.key : `${segment}`,
  )
  const top = toSnakeCase(name)
  return [top, ...(maps.includes(top) ? below : below.map(toSnakeCase))].join('.')
}

/** A definition is JSON as text. */
function definitionIn(text: Json | undefined): JsonObject {
  try {
    const definition = typeof text === 'string' ? parseJson(text) : {}
    return isObject(definition) ? definition : {}
  } catch (error) {
    if (error instanceof SyntaxError) return {}
    throw error
  }
}
