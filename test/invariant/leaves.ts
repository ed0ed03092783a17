import { isObject, type Json, type JsonObject } from '../../src/databricks/json.ts'

/*
 * The fields of a manifest one by one, each with its path as people read it and its place in what Databricks has.
 * Written again here, without any code that the operator compares with.
 */

/** One step in what Databricks has: a member, an index, or the item with this key. */
type Step = string | number | { key: string; value: string }

/** A field of a manifest that stands for itself. */
export interface Leaf {
  /** As the status names it: `tasks[extract].maxRetries`. */
  path: string
  /** The last name on the way that is not a user's own key. */
  field: string
  value: unknown
  steps: readonly Step[]
  /** Of a map whose keys are the users'. */
  isMapEntry: boolean
}

/** Lists whose items are known by a member. */
const keyed: Readonly<Record<string, string>> = {
  tasks: 'taskKey',
  jobClusters: 'jobClusterKey',
  parameters: 'name',
}

/** Maps with keys of the users' own. */
const maps: ReadonlySet<string> = new Set([
  'tags',
  'customTags',
  'sparkConf',
  'sparkEnvVars',
  'baseParameters',
  'namedParameters',
])

/** What is no setting of the remote object, or is another one there. */
const unlike: ReadonlySet<string> = new Set(['management', 'workspaceRef', 'clusterRef', 'jobRef'])

const snake = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)

const plainName = /^[A-Za-z][A-Za-z0-9_-]*$/

const below = (path: string, name: string): string => {
  if (!plainName.test(name)) return `${path}[${JSON.stringify(name)}]`
  return path === '' ? name : `${path}.${name}`
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Every field of a spec; keys by which items are known are no fields. */
export const leavesOf = (spec: Record<string, unknown>): Leaf[] => [
  ...members(spec, { path: '', field: '', steps: [], isMapEntry: false }),
]

type Place = Omit<Leaf, 'value'>

function* members(value: Record<string, unknown>, at: Place): Generator<Leaf> {
  const isMap = maps.has(at.field)
  for (const [name, member] of Object.entries(value)) {
    if (!isMap && unlike.has(name)) continue
    yield* visit(member, {
      path: below(at.path, name),
      field: isMap ? at.field : name,
      steps: [...at.steps, isMap ? name : snake(name)],
      isMapEntry: isMap,
    })
  }
}

function* visit(value: unknown, at: Place): Generator<Leaf> {
  if (at.isMapEntry) yield { ...at, value }
  else if (isRecord(value)) yield* members(value, at)
  else if (Array.isArray(value) && value.every(isRecord)) yield* items(value, at)
  else yield { ...at, value }
}

function* items(list: readonly Record<string, unknown>[], at: Place): Generator<Leaf> {
  const key = keyed[at.field]
  if (key !== undefined) {
    for (const { [key]: name, ...rest } of list) {
      const step = { key: snake(key), value: String(name) }
      yield* members(rest, { ...at, path: `${at.path}[${String(name)}]`, steps: [...at.steps, step] })
    }
  } else if (at.field === 'initScripts') {
    for (const [index, item] of list.entries())
      yield* members(item, { ...at, path: `${at.path}[${index}]`, steps: [...at.steps, index] })
  } else yield { ...at, value: list }
}

/** What Databricks has in the place of a leaf; undefined if it has nothing there. */
function valueAt(body: Json | undefined, steps: readonly Step[]): Json | undefined {
  let value = body
  for (const step of steps) value = child(value, step)
  return value
}

function child(value: Json | undefined, step: Step): Json | undefined {
  if (typeof step === 'string') return isObject(value) ? value[step] : undefined
  if (!Array.isArray(value)) return undefined
  if (typeof step === 'number') return value[step]
  return value.find((item) => isObject(item) && item[step.key] === step.value)
}

/** A copy that has something else in the place of a leaf. */
export function withValueAt(body: JsonObject, steps: readonly Step[], value: Json): JsonObject {
  const copy = structuredClone(body)
  const last = steps.at(-1)
  const around = valueAt(copy, steps.slice(0, -1))
  if (last === undefined || typeof last === 'object' || around === undefined)
    throw new Error(`there is no place for ${JSON.stringify(steps)}`)
  Object.assign(around as object, { [last]: value })
  return copy
}

/** A value of a manifest as Databricks spells it. Users' own keys are in maps, whose entries are leaves. */
function toRemote(value: unknown): Json {
  if (Array.isArray(value)) return value.map(toRemote)
  if (!isRecord(value)) return value as Json
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [snake(name), toRemote(member)]))
}

/** The fields of a manifest that Databricks does not have as it wants them. */
export function unmet(spec: Record<string, unknown>, body: JsonObject): string[] {
  return leavesOf(spec)
    .filter(({ value, steps }) => plain(toRemote(value)) !== plain(valueAt(body, steps)))
    .map(({ path, value, steps }) => `${path}: ${JSON.stringify(value)}, not ${plain(valueAt(body, steps))}`)
}

/** Lists of plain texts are compared in order of their texts: Databricks returns them in any. */
function plain(value: Json | undefined): string {
  if (value === undefined || value === false || value === 0) return 'nothing'
  if (Array.isArray(value)) return JSON.stringify(value.map((item) => JSON.stringify(item)).toSorted())
  return JSON.stringify(value)
}
