import type { Databricks } from '../../databricks/client.ts'
import { DatabricksError, type ErrorKind } from '../../databricks/errors.ts'
import { isObject, parseJson, type Json, type JsonObject } from '../../databricks/json.ts'

/** What a policy of clusters decides, by Databricks' names: `autotermination_minutes`, `custom_tags.team`. */
export interface Policy {
  /** Whether it has a rule for the attribute. */
  readonly says: (attribute: string) => boolean
  /** Whether it gives the attribute its one value, which Databricks puts in wherever none is sent. */
  readonly fixes: (attribute: string) => boolean
}

const nothing: Policy = { says: () => false, fixes: () => false }

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
    const rules = definitionIn(policy['definition'])
    return {
      says: (attribute) => Object.hasOwn(rules, attribute),
      fixes: (attribute) => isFixed(Object.hasOwn(rules, attribute) ? rules[attribute] : undefined),
    }
  } catch (error) {
    if (error instanceof DatabricksError && unreadable.has(error.kind)) return nothing
    throw error
  }
}

const isFixed = (rule: Json | undefined): boolean => isObject(rule) && rule['type'] === 'fixed'

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
