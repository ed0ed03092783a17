import type { Call } from './call.ts'
import type { Databricks } from './client.ts'
import { isObject, type Json, type JsonObject } from './json.ts'
import { rawPages } from './pages.ts'

/** A page holds 100 elements of each array, and no job or run has more than a few thousand. */
const mostPages = 100

/**
 * One object whose arrays are longer than a page: each page repeats the plain values and brings the next
 * slice of those arrays, finished ones being empty or absent. `arrays` are their paths, such as
 * `['settings', 'tasks']`. The result is the first page with the arrays complete and no token.
 */
export async function mergePages(
  databricks: Databricks,
  call: Call,
  arrays: readonly (readonly string[])[],
): Promise<JsonObject> {
  let whole: JsonObject | undefined
  for await (const page of rawPages(databricks, call, mostPages)) {
    if (whole === undefined) whole = page
    else for (const path of arrays) append(whole, page, path)
  }
  const { next_page_token: _token, has_more: _more, ...object } = whole ?? {}
  return object
}

function append(whole: JsonObject, page: JsonObject, path: readonly string[]): void {
  const key = path.at(-1)
  const slice = valueAt(page, path)
  if (key === undefined || !Array.isArray(slice) || slice.length === 0) return
  const parent = valueAt(whole, path.slice(0, -1))
  if (!isObject(parent)) return
  const former = parent[key]
  parent[key] = Array.isArray(former) ? [...former, ...slice] : slice
}

function valueAt(object: JsonObject, path: readonly string[]): Json | undefined {
  let value: Json | undefined = object
  for (const key of path) value = isObject(value) ? value[key] : undefined
  return value
}
