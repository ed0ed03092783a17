import { isObject, type Json, type JsonObject } from '../databricks/json.ts'
import type { Mark } from '../reconcile/mark.ts'
import { markKey } from './mark.ts'

/** The value of our mark in a body's tags, if it is there. */
export function markIn(tags: Json | undefined): string | undefined {
  const value = isObject(tags) ? tags[markKey] : undefined
  return typeof value === 'string' ? value : undefined
}

/** The same tags with our mark among them. */
export const withMark = (tags: Json | undefined, mark: Mark): JsonObject => ({
  ...(isObject(tags) ? tags : {}),
  [mark.key]: mark.value,
})
