import { formatJson, isObject, type Json, type JsonObject } from '../../databricks/json.ts'
import type { WireEdit } from '../wire-edit.ts'

/*
 * What is sent to change a cluster. A read shows effective values: what the pool, the policy and Databricks filled in
 * stands beside what people set. Sent back, it would become somebody's wish: a zone where nodes happened to be placed,
 * a node type that contradicts a pool. So only what changes is named, as deep as Databricks allows.
 */

/** Fields by the path that a mask knows them by, such as `aws_attributes.zone_id`; one without a value is cleared. */
export type Fields = ReadonlyMap<string, Json | undefined>
type Field = [path: string, value: Json | undefined]

/** The cloud blocks, each with the one member that a pool does not decide. */
const blocks: Readonly<Record<string, string | undefined>> = {
  aws_attributes: 'instance_profile_arn',
  azure_attributes: undefined,
  gcp_attributes: 'google_service_account',
}

/** The fields that lead from what was read to what is wanted. `goal` is all that is wanted, as a body. */
export function fieldsOf({ before, after, changed }: WireEdit, goal: JsonObject): Fields {
  const fields = changed.flatMap((name): Field[] =>
    Object.hasOwn(blocks, name)
      ? membersOf(name, memberOf(before, name), memberOf(after, name))
      : [[name, after[name]]],
  )
  return new Map([
    ...fields,
    ...(changed.includes('is_single_node') && after['is_single_node'] === true ? [aloneWith(goal)] : []),
    ...(changed.includes('instance_pool_id') ? besidePool({ before, after }, goal) : []),
  ])
}

/** A single node beside which its former number of workers stands is refused. */
const aloneWith = (goal: JsonObject): Field => ['num_workers', goal['num_workers']]

const besidePool = (edit: Pick<WireEdit, 'before' | 'after'>, goal: JsonObject): Field[] =>
  edit.after['instance_pool_id'] === undefined ? backWithNodes(goal) : goneWithNodes(edit)

/** The members of a block that change. */
const membersOf = (block: string, was: JsonObject, is: JsonObject): Field[] =>
  [...new Set([...Object.keys(was), ...Object.keys(is)])]
    .filter((name) => formatJson(was[name]) !== formatJson(is[name]))
    .map((name) => [`${block}.${name}`, is[name]])

/** With a pool in the place of node types, what contradicts it goes in the same call; so does the former driver's pool. */
function goneWithNodes({ before, after }: Pick<WireEdit, 'before' | 'after'>): Field[] {
  const was = before['instance_pool_id']
  // The pool of the driver follows that of the workers as long as nobody has given it one of its own.
  const follows = was !== undefined && after['driver_instance_pool_id'] === was
  if (was !== undefined) return follows ? [cleared('driver_instance_pool_id')] : []
  const decided = Object.entries(blocks).flatMap(([block, kept]) =>
    Object.keys(memberOf(before, block))
      .filter((name) => name !== kept)
      .map((name) => `${block}.${name}`),
  )
  return ['node_type_id', 'driver_node_type_id', 'enable_elastic_disk', ...decided].map(cleared)
}

/** Without the pool, what was read of it is no longer true: the manifest says what comes instead, or a policy does. */
const backWithNodes = (goal: JsonObject): Field[] => [
  ['node_type_id', goal['node_type_id']],
  ['driver_node_type_id', goal['driver_node_type_id']],
  cleared('driver_instance_pool_id'),
]

const cleared = (path: string): Field => [path, undefined]

function memberOf(body: JsonObject, name: string): JsonObject {
  const member = body[name]
  return isObject(member) ? member : {}
}

/** A body with the fields in it. */
export function withFields(body: JsonObject, fields: Fields): JsonObject {
  const whole: JsonObject = { ...body }
  for (const [path, value] of fields) {
    const [name = '', member] = path.split('.')
    const next = member === undefined ? value : withMember(whole[name], member, value)
    if (next === undefined) delete whole[name]
    else whole[name] = next
  }
  return whole
}

function withMember(block: Json | undefined, name: string, value: Json | undefined): JsonObject | undefined {
  const { [name]: _before, ...others } = isObject(block) ? block : {}
  const members = value === undefined ? others : { ...others, [name]: value }
  return Object.keys(members).length === 0 ? undefined : members
}
