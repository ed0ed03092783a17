import type { Databricks } from '../../databricks/client.ts'
import { isObject, type Json, type JsonObject } from '../../databricks/json.ts'
import type { Difference } from '../../drift/difference.ts'
import { withFixedEntries, withoutBorrowed } from '../cluster/own-entries.ts'
import { imposedBy, policyAfter, readPolicy, type Policy } from '../cluster/policy.ts'
import { toSnakeCase } from '../naming.ts'

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

/**
 * The differences that are there because the policy of a cluster of the job allows no other value. `manifest` is what
 * people named, `settings` what Databricks has, both as a body.
 */
export async function imposedIn(
  databricks: Databricks,
  { manifest, settings }: { manifest: JsonObject; settings: JsonObject },
  differences: readonly Difference[],
): Promise<Difference[]> {
  const policyWith = reader(databricks)
  const bodies = [manifest, settings].map(clustersIn)
  const clusters = Map.groupBy(differences.flatMap(withinCluster), ({ at }) => at)
  const imposed = await Promise.all(
    [...clusters].map(async ([at, all]) => {
      const [named, there] = bodies.map((body) => body.get(at)?.['policy_id'])
      const within = all.map(({ difference, path }) => ({ ...difference, path }))
      const policy = await policyWith(policyAfter(within, named ?? there, there) ?? '')
      const texts = new Set(imposedBy(policy, within).map(({ text }) => text))
      return all.flatMap(({ difference }) => (texts.has(difference.text) ? [difference] : []))
    }),
  )
  return imposed.flat()
}

/** A difference in a cluster of the job: the path of its entry, and the path in the cluster. */
function withinCluster(difference: Difference) {
  const [name, entry, cluster, ...path] = difference.path
  const list = lists.find(([list]) => typeof name === 'string' && list === toSnakeCase(name))?.[0]
  if (list === undefined || typeof entry !== 'object' || cluster !== 'newCluster' || path.length === 0)
    return []
  return [{ difference, path, at: `${list}/${entry.key}` }]
}

/** The clusters of the job by the paths of their entries. */
const clustersIn = (body: JsonObject): ReadonlyMap<string, JsonObject> =>
  new Map(
    lists.flatMap(([list, key]) =>
      objectsIn(body[list]).flatMap((entry) => {
        const name = entry[key]
        return typeof name === 'string' ? [[`${list}/${name}`, clusterIn(entry)] as const] : []
      }),
    ),
  )

const objectsIn = (list: Json | undefined): JsonObject[] => (Array.isArray(list) ? list.filter(isObject) : [])

const clusterIn = ({ new_cluster: cluster }: JsonObject): JsonObject => (isObject(cluster) ? cluster : {})
