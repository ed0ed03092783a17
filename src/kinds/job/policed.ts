import type { Databricks } from '../../databricks/client.ts'
import { isObject, type Json, type JsonObject } from '../../databricks/json.ts'
import { withFixedEntries } from '../cluster/own-entries.ts'
import { readPolicy } from '../cluster/policy.ts'

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
        const policy = await readPolicy(databricks, cluster['policy_id'])
        const fixed = withFixedEntries(cluster, named.get(entry[key]) ?? {}, policy)
        return { ...entry, new_cluster: fixed }
      }),
    )
  }
  return said
}

const objectsIn = (list: Json | undefined): JsonObject[] => (Array.isArray(list) ? list.filter(isObject) : [])

const clusterIn = ({ new_cluster: cluster }: JsonObject): JsonObject => (isObject(cluster) ? cluster : {})
