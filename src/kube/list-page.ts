import { isObject, type Json, type JsonObject } from '../databricks/json.ts'

/** A part of a list. All pages of one list show the same moment, which `resourceVersion` names. */
export interface ListPage<T> {
  items: T[]
  resourceVersion: string
}

/** A page, and what to ask the next one with; undefined = it was the last. */
export interface ReadPage<T> {
  page: ListPage<T>
  next: string | undefined
}

/**
 * The page in an answer; undefined when that is no list. That the items are objects with a name and a uid is
 * seen here; the rest of their shape is the caller's to know.
 */
export function readPage<T>({ items, metadata }: JsonObject): ReadPage<T> | undefined {
  if (!isObject(metadata)) return undefined
  const { resourceVersion } = metadata
  // Versions are compared as numbers: https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-versions
  if (typeof resourceVersion !== 'string' || !/^[0-9]+$/.test(resourceVersion)) return undefined
  const list = items ?? []
  if (!Array.isArray(list) || !list.every(isWhole)) return undefined
  const next = metadata['continue'] ?? ''
  if (typeof next !== 'string') return undefined
  // Whoever asks names the type.
  const page = { items: list as T[], resourceVersion }
  return { page, next: next === '' ? undefined : next }
}

function isWhole(item: Json): boolean {
  if (!isObject(item) || !isObject(item['metadata'])) return false
  const { name, uid } = item['metadata']
  return typeof name === 'string' && typeof uid === 'string'
}
