import { isObject, type Json, type JsonObject } from '../databricks/json.ts'
import { pathText, type Segment } from '../drift/path.ts'
import type { Mark } from '../reconcile/mark.ts'
import { markKey } from './mark.ts'

/**
 * The value of our mark in a body's tags: under the key of the workspace, or under the usual one, which what was
 * made before the workspace had a key of its own still carries.
 */
export function markIn(tags: Json | undefined, key: Mark['key']): string | undefined {
  if (!isObject(tags)) return undefined
  const own = key === undefined ? undefined : tags[key]
  const value = own ?? tags[markKey]
  return typeof value === 'string' ? value : undefined
}

/** The same tags with our mark among them, as a member of a body; none where there are no tags at all. */
export function withMark<Name extends string>(
  name: Name,
  tags: Json | undefined,
  { key, value }: Mark,
): Partial<Record<Name, JsonObject>> {
  const own = isObject(tags) ? tags : undefined
  const marked = key === undefined ? own : { ...own, [key]: value }
  return marked === undefined ? {} : ({ [name]: marked } as Partial<Record<Name, JsonObject>>)
}

/** A body whose tags lack the workspace's own mark: it is no setting that anybody made. */
export function withoutMark(body: JsonObject, name: string, { key }: Mark): JsonObject {
  const tags = body[name]
  if (key === undefined || key === markKey || !isObject(tags) || tags[key] === undefined) return body
  const { [key]: _mark, ...others } = tags
  return { ...body, [name]: others }
}

const tagMaps: ReadonlySet<string> = new Set(['tags', 'customTags'])

/** Where a manifest sets a tag that is the mark of its workspace; the usual mark is refused by the schema. */
export function pathOfTag(spec: Json, key: string, path: readonly Segment[] = ['spec']): string | undefined {
  if (Array.isArray(spec)) {
    for (const [index, item] of spec.entries()) {
      const found = pathOfTag(item, key, [...path, index])
      if (found !== undefined) return found
    }
    return undefined
  }
  for (const [name, member] of Object.entries(isObject(spec) ? spec : {})) {
    const below = [...path, name]
    if (tagMaps.has(name) && isObject(member) && member[key] !== undefined) return pathText([...below, key])
    const found = pathOfTag(member, key, below)
    if (found !== undefined) return found
  }
  return undefined
}
