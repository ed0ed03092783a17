import type { Databricks } from '../../databricks/client.ts'
import { isObject, type Json, type JsonObject } from '../../databricks/json.ts'
import { withFixedEntries, withoutBorrowed } from '../cluster/own-entries.ts'
import { readPolicy, type Policy } from '../cluster/policy.ts'

/** Where a job has clusters of its own, and what its entries are known by. */
const lists = Object.entries({ tasks: 'task_key', job_clusters: 'job_cluster_key' })

/**
 * What goes out of a job, with what policies fix in its clusters as they say today: as it was when it was read, it would
 * be refused once the policy has changed. `manifest` is what people named, as a body.
 */
export async function asPoliciesSay(
  databricks: Databricks,
  settings: JsonObject,
  manifest: JsonObject,
): Promise<JsonObject> {
  const said: JsonObject = { ...settings }
  const policyWith = reader(databricks)
  for (const [name, key] of lists) {
    const entries = settings[name]
    if (!Array.isArray(entries)) continue
    const named = new Map(objectsIn(manifest[name]).map((entry) => [entry[key], clusterIn(entry)]))
    said[name] = await Promise.all(
      objectsIn(entries).map(async (entry) => {
        const cluster = clusterIn(entry)
        // With the defaults of the policy nothing of what was read is sent.
        if (cluster['policy_id'] === undefined || cluster['apply_policy_default_values'] === true)
          return entry
        const policy = await policyWith(cluster['policy_id'])
        const own = named.get(entry[key]) ?? {}
        const fixed = withFixedEntries(cluster, own, policy)
        return { ...entry, new_cluster: withoutBorrowed(fixed, own, policy) }
      }),
    )
  }
  return said
}

/** Reads each policy once: a job may have a thousand clusters of one. */
function reader(databricks: Databricks): (id: Json) => Promise<Policy> {
  const known = new Map<Json, Promise<Policy>>()
  return (id) => {
    const policy = known.get(id) ?? readPolicy(databricks, id)
    known.set(id, policy)
    return policy
  }
}

const objectsIn = (list: Json | undefined): JsonObject[] => (Array.isArray(list) ? list.filter(isObject) : [])

const clusterIn = ({ new_cluster: cluster }: JsonObject): JsonObject => (isObject(cluster) ? cluster : {})
