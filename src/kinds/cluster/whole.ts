import { isObject, type Json, type JsonObject } from '../../databricks/json.ts'
import { assignAll } from '../../drift/assign.ts'
import { compare } from '../../drift/compare.ts'
import { compileRules } from '../../drift/rules.ts'
import { isValueObject } from '../../drift/value.ts'
import { carryFromWire, fromWire, toWire } from '../wire.ts'
import { withFields, type Fields } from './edit.ts'
import { clusterRules } from './fields.ts'
import { attributeOf, type Policy } from './policy.ts'
import { databricksCluster } from './schema.ts'

/*
 * All settings, for clusters/edit, which gives back to its default whatever it is not sent. What was last sent stands
 * in `spec` of a read, and is better than the effective values beside it: in those stands also what Databricks and
 * policies filled in. But that `spec` follows everybody's edits is not confirmed: what is set and does not stand there
 * goes along, unless it is as Databricks fills it in or the policy has a say in it.
 */

const rules = compileRules(clusterRules)

/** What can be set and no manifest of ours can say. */
const unmodelled = [
  'docker_image',
  'ssh_public_keys',
  'workload_type',
  'driver_node_type_flexibility',
  'worker_node_type_flexibility',
  'dependency_mode',
  'remote_disk_throughput',
  'total_initial_remote_disk_size',
]

/** As what Databricks fills in a setting that nobody made, where any value may be somebody's. */
const filledAs: Readonly<Record<string, (details: JsonObject) => Json | undefined>> = {
  data_security_mode: () => 'SINGLE_USER',
  single_user_name: (details) => details['creator_user_name'],
  driver_node_type_id: (details) => details['node_type_id'],
  enable_elastic_disk: () => false,
  enable_local_disk_encryption: () => false,
}
const fromPool = new Set(['driver_node_type_id', 'enable_elastic_disk'])

/** What is to be changed, and all that is wanted, as a body. */
interface Edit {
  fields: Fields
  goal: JsonObject
}

/** The body of an edit that brings fields about and leaves everything else of a cluster, as a read showed it. */
export function wholeOf(details: JsonObject, { fields, goal }: Edit, policy: Policy): JsonObject {
  const { spec } = details
  if (!isObject(spec)) throw new Error('clusters/get did not tell what was last sent')
  // The size is not among the settings last sent once somebody has resized the cluster.
  const settings = without(spec, ['autoscale', 'num_workers'])
  const whole = {
    ...unsent(details, settings, policy),
    ...withSet(settings, details, policy),
    ...sizeIn(details),
  }
  const { apply_policy_default_values: flag } = goal
  return withFields(whole, new Map([...fields, ['apply_policy_default_values', flag]]))
}

const sizeIn = ({ autoscale, num_workers: workers }: JsonObject): JsonObject => {
  if (isObject(autoscale)) return { autoscale }
  return typeof workers === 'number' ? { num_workers: workers } : {}
}

/** The settings last sent, with what is set otherwise or beside them. */
function withSet(settings: JsonObject, details: JsonObject, policy: Policy): JsonObject {
  const schema = databricksCluster.spec
  // Under its policy every addition would count as that of the policy.
  const [wanted, found] = [settings, without(details, ['autoscale', 'num_workers'])].map((body) =>
    fromWire(schema, without(body, ['policy_id', 'apply_policy_default_values'])),
  )
  const set = compare({ wanted: wanted ?? {}, found, lastApplied: undefined, rules }).filter(
    ({ cause, path }) =>
      cause === 'ChangedRemotely' || (cause === 'AddedRemotely' && !policy.touches(attributeOf(path))),
  )
  const whole = assignAll(
    carryFromWire(schema, settings),
    set.map(({ path, found: wanted }) => ({ path, wanted })),
    rules,
  )
  return toWire(schema, isValueObject(whole) ? whole : {})
}

/** What is set and was not sent, as far as the rules of a comparison say nothing of it. */
function unsent(details: JsonObject, settings: JsonObject, policy: Policy): JsonObject {
  const isPooled = typeof details['instance_pool_id'] === 'string' && details['instance_pool_id'] !== ''
  const names = [
    ...unmodelled,
    ...Object.keys(filledAs).filter(
      (name) => details[name] !== filledAs[name]?.(details) && !(isPooled && fromPool.has(name)),
    ),
  ]
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = details[name]
      const isTaken = settings[name] === undefined && !policy.touches(name)
      return isTaken && value !== undefined && value !== null ? [[name, value] as const] : []
    }),
  )
}

const without = (body: JsonObject, names: readonly string[]): JsonObject =>
  Object.fromEntries(Object.entries(body).filter(([name]) => !names.includes(name)))
