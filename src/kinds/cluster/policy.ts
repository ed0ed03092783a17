import type { Databricks } from '../../databricks/client.ts'
import { DatabricksError, type ErrorKind } from '../../databricks/errors.ts'
import { isObject, parseJson, type Json, type JsonObject } from '../../databricks/json.ts'

/** What a policy of clusters decides, by Databricks' names: `autotermination_minutes`, `custom_tags.team`. */
export interface Policy {
  /** Whether it has a rule for the attribute. */
  readonly says: (attribute: string) => boolean
  /** Whether it has one for the attribute or for something in it. */
  readonly touches: (attribute: string) => boolean
  /** The entries of a map that have one value only, which Databricks puts in where none is sent. */
  readonly fixedIn: (map: string) => Readonly<Record<string, string>>
}

/** The settings that are maps: a change sends them whole. */
export const maps = ['spark_conf', 'spark_env_vars', 'custom_tags']

const nothing = policyOf({})

/** We may not read it, or it is not there: creating the cluster will tell. */
const unreadable: ReadonlySet<ErrorKind> = new Set(['Forbidden', 'Missing', 'Invalid'])

/** Reads which attributes a policy has rules for. https://docs.databricks.com/api/workspace/clusterpolicies/get */
export async function readPolicy(databricks: Databricks, policyId: string | undefined): Promise<Policy> {
  if (policyId === undefined) return nothing
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
  return {
    says: (attribute) => Object.hasOwn(rules, attribute),
    touches: (attribute) => attributes.some((one) => one === attribute || one.startsWith(`${attribute}.`)),
    fixedIn: (map) =>
      Object.fromEntries(
        Object.entries(rules).flatMap(([attribute, rule]) => {
          const value = fixedBy(rule)
          return value === undefined || !attribute.startsWith(`${map}.`)
            ? []
            : [[attribute.slice(map.length + 1), value] as const]
        }),
      ),
  }
}

/** The value of a rule of the type that allows one value only. */
function fixedBy(rule: Json | undefined): string | undefined {
  if (!isObject(rule) || rule['type'] !== 'fixed') return undefined
  const { value } = rule
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? String(value)
    : undefined
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
