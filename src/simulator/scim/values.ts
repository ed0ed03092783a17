import { isObject, type Json } from '../../databricks/json.ts'

/** Finds the values at a path such as `userName` or `emails.value`; names are read without regard to case. */
export type Lookup = (path: string) => readonly Json[]

/** The values at a path in JSON. Lists are looked through. */
export function valuesAt(value: Json | undefined, path: readonly string[]): Json[] {
  if (value === undefined) return []
  if (Array.isArray(value)) return value.flatMap((item) => valuesAt(item, path))
  const [first, ...rest] = path
  if (first === undefined) return [value]
  if (!isObject(value)) return []
  const key = Object.keys(value).find((each) => each.toLowerCase() === first.toLowerCase())
  return key === undefined ? [] : valuesAt(value[key], rest)
}

/** Looks in an item of a list, where `value eq "1"` also fits an item that is nothing but its value. */
export const lookupIn =
  (item: Json): Lookup =>
  (path) =>
    isObject(item) ? valuesAt(item, path.split('.')) : path.toLowerCase() === 'value' ? [item] : []
