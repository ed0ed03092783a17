import { isAbsent, isValueObject, type Value } from './value.ts'

/** The same value with its members in one order and without absent ones: equal values give equal JSON. */
export function ordered(value: Value): Value {
  if (Array.isArray(value)) return value.map(ordered)
  if (!isValueObject(value)) return value
  const members = Object.entries(value).flatMap(([name, member]) =>
    isAbsent(member) ? [] : [[name, ordered(member)] as const],
  )
  return Object.fromEntries(members.toSorted(([a], [b]) => (a < b ? -1 : 1)))
}
