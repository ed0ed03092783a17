import { formatJson, isObject, type Json, type JsonObject } from '../databricks/json.ts'
import { pathText, type Segment } from '../drift/path.ts'
import { toCamelCase } from '../kinds/naming.ts'
import type { AccessEntry } from '../kinds/workspace/access.ts'

/** The lists of an access entry. */
export type LendingList = Exclude<keyof AccessEntry, 'namespaces' | 'kinds' | 'adopt'>

/** One right of somebody else that a body would use. */
export interface Borrowed {
  /** The list of an access entry that has to name it. */
  readonly list: LendingList
  readonly value: string
  /** What kind of principal or of securable it is, where that is told. */
  readonly type?: string
  /** Where the manifest, or what Databricks has, says so. */
  readonly path: string
}

interface Lender {
  readonly list: LendingList
  /** Only as a member of this one. */
  readonly within?: string
  readonly read: (value: Json) => Pick<Borrowed, 'value' | 'type'>[]
}

/** A value that does not look as expected is taken as it is: no entry names it, so it is refused. */
const textOf = (value: Json): string => (typeof value === 'string' ? value : formatJson(value))

const plain: Lender['read'] = (value) => [{ value: textOf(value) }]

const principal: Lender['read'] = (value) =>
  isObject(value)
    ? Object.entries(value).map(([type, name]) => ({ type: toCamelCase(type), value: textOf(name) }))
    : plain(value)

const securable: Lender['read'] = (value) => {
  const { type, name } = isObject(value) ? value : {}
  return typeof type === 'string' && typeof name === 'string' ? [{ type, value: name }] : plain(value)
}

/** What each member of a body borrows, wherever it stands: the whole list of what has to be lent. */
const lenders: Readonly<Record<string, Lender>> = {
  run_as: { list: 'runAs', read: principal },
  single_user_name: { list: 'runAs', read: plain },
  instance_profile_arn: { list: 'instanceProfiles', read: plain },
  google_service_account: { list: 'serviceAccounts', read: plain },
  policy_id: { list: 'policies', read: plain },
  existing_cluster_id: { list: 'clusters', read: plain },
  // A clone gets the libraries of its source.
  source_cluster_id: { list: 'clusters', read: plain },
  job_id: { list: 'jobs', within: 'run_job_task', read: plain },
  securable: { list: 'securables', read: securable },
}

/** Maps whose keys are the users' own: a tag or a parameter called policy_id borrows nothing. */
const userMaps: ReadonlySet<string> = new Set([
  'base_parameters',
  'custom_tags',
  'job_parameters',
  'named_parameters',
  'parameters',
  'spark_conf',
  'spark_env_vars',
  'tags',
])

/**
 * Everything that a body in Databricks' form borrows from others. Found by walking all of it, so that it does
 * not matter how deep something stands, or whether we know the field around it.
 */
export const borrowedBy = (body: JsonObject): Borrowed[] => [...walk(body, { path: [], isUserMap: false })]

interface Place {
  readonly path: readonly Segment[]
  /** The member that the value is of. */
  readonly name?: string
  readonly isUserMap: boolean
}

function* walk(value: Json, place: Place): Generator<Borrowed> {
  if (typeof value === 'string') yield* secrets(value, place.path)
  else if (Array.isArray(value))
    for (const [index, item] of value.entries())
      yield* walk(item, { path: [...place.path, segmentOf(item, index)], isUserMap: false })
  else if (isObject(value))
    for (const [name, member] of Object.entries(value)) yield* walkMember(name, member, place)
}

function* walkMember(
  name: string,
  member: Json,
  { path, name: around, isUserMap }: Place,
): Generator<Borrowed> {
  const below = [...path, isUserMap ? name : toCamelCase(name)]
  yield* secrets(name, below)
  // Users' maps hold texts; whatever else stands in one is no entry of theirs.
  const lender = isUserMap && typeof member === 'string' ? undefined : lenderOf(name, around)
  if (lender !== undefined && !isNothing(member))
    for (const found of lender.read(member)) yield { list: lender.list, path: pathText(below), ...found }
  yield* walk(member, { path: below, name, isUserMap: !isUserMap && userMaps.has(name) })
}

function lenderOf(name: string, around: string | undefined): Lender | undefined {
  const lender = Object.hasOwn(lenders, name) ? lenders[name] : undefined
  return lender?.within === undefined || lender.within === around ? lender : undefined
}

/** What sets nothing borrows nothing. */
const isNothing = (value: Json): boolean => value === null || value === ''

/** How people refer to a list's items. */
function segmentOf(item: Json, index: number): Segment {
  if (!isObject(item)) return index
  const key = item['task_key'] ?? item['job_cluster_key']
  return typeof key === 'string' ? { key, occurrence: 1 } : index
}

/** A reference to a secret, however it is spaced; one that is cut off or misspelt counts too. */
const secretReference = /\{\{\s*secrets\b\s*\/?\s*([^/{}]*)/gi

function* secrets(text: string, path: readonly Segment[]): Generator<Borrowed> {
  if (!text.includes('{{')) return
  for (const [, scope = ''] of text.matchAll(secretReference))
    yield { list: 'secretScopes', value: scope.trim(), path: pathText(path) }
}
