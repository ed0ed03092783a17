import { z } from 'zod'
import { formatJson, isObject, type Json, type JsonObject } from '../../databricks/json.ts'
import { isRefusal, type Refusal } from '../http/refusal.ts'
import { parseFilter, type Filter } from './filter.ts'
import { scimRefusal } from './refusal.ts'
import { lookupIn } from './values.ts'

/** What a PATCH takes. */
export const patchSchema = z.object({
  Operations: z
    .array(
      z.object({
        op: z.string().transform((op) => op.toLowerCase()),
        path: z.string().optional(),
        value: z.custom<Json>(() => true).optional(),
      }),
    )
    .min(1),
})

type Operation = z.infer<typeof patchSchema>['Operations'][number]

const target = /^([A-Za-z$]+)(?:\[(.+)\])?(?:\.([A-Za-z$]+))?$/

/** Attributes that are lists, so that one value can be added to them. */
const lists = new Set(['members', 'groups', 'entitlements', 'roles', 'emails'])

/** Applies operations, one after the other, to a copy of a document. */
export function patched(document: JsonObject, operations: readonly Operation[]): JsonObject | Refusal {
  let result: JsonObject | Refusal = document
  for (const operation of operations) {
    if (isRefusal(result)) return result
    result = applied(result, operation)
  }
  return result
}

function applied(document: JsonObject, { op, path, value }: Operation): JsonObject | Refusal {
  if (!['add', 'remove', 'replace'].includes(op)) {
    return scimRefusal(400, `'${op}' is no operation of a patch.`, 'invalidSyntax')
  }
  if (path !== undefined) return appliedAt(document, { op, path, value })
  if (op === 'remove') return scimRefusal(400, 'What to remove needs a path.', 'noTarget')
  if (!isObject(value)) return scimRefusal(400, 'Without a path the value must be an object.', 'invalidValue')
  // One value for several attributes at once.
  return patched(
    document,
    Object.entries(value).map(([name, each]) => ({ op, path: name, value: each })),
  )
}

function appliedAt(
  document: JsonObject,
  { op, path, value }: { op: string; path: string; value: Json | undefined },
): JsonObject | Refusal {
  const [, sent, condition, member] = target.exec(path) ?? []
  if (sent === undefined) return scimRefusal(400, `'${path}' is no path of a patch.`, 'invalidPath')
  const name =
    [...Object.keys(document), ...lists].find((key) => key.toLowerCase() === sent.toLowerCase()) ?? sent
  const current = document[name]
  if (condition !== undefined) {
    const filter = parseFilter(condition)
    if (isRefusal(filter)) return filter
    const items = changedItems(asList(current), filter, { op, member, value })
    return { ...document, [name]: items }
  }
  if (member !== undefined) {
    const inner = appliedAt(isObject(current) ? current : {}, { op, path: member, value })
    return isRefusal(inner) ? inner : { ...document, [name]: inner }
  }
  if (op === 'remove' && (value === undefined || !lists.has(name))) {
    const { [name]: _removed, ...rest } = document
    return rest
  }
  if (value === undefined) return scimRefusal(400, `The new value of '${path}' is missing.`, 'invalidValue')
  return { ...document, [name]: changedValue(name, current, { op, value }) }
}

/** The items of a list after something was done to those that fit. */
function changedItems(
  items: readonly Json[],
  filter: Filter,
  { op, member, value }: { op: string; member: string | undefined; value: Json | undefined },
): Json[] {
  return items.flatMap((item) => {
    if (!filter(lookupIn(item))) return [item]
    if (op === 'remove' || value === undefined) return []
    if (!isObject(item)) return [value]
    return [member === undefined ? value : { ...item, [member]: value }]
  })
}

function changedValue(
  name: string,
  current: Json | undefined,
  { op, value }: { op: string; value: Json },
): Json {
  if (!lists.has(name)) {
    const merges = op === 'add' && isObject(current) && isObject(value)
    return merges ? { ...current, ...value } : value
  }
  const named = new Set(asList(value).map(keyOf))
  const others = asList(current).filter((item) => !named.has(keyOf(item)))
  if (op === 'remove') return others
  const items = asList(value).map((item) => (isObject(item) ? item : { value: item }))
  return op === 'replace' ? items : [...others, ...items]
}

const asList = (value: Json | undefined): Json[] => {
  if (value === undefined) return []
  return Array.isArray(value) ? value : [value]
}

/** Items of a list are the same if their values are. */
const keyOf = (item: Json): string => formatJson((isObject(item) ? item['value'] : item) ?? null)
