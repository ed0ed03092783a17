import { itemKey } from './buckets.ts'
import { canonicalText } from './canonical.ts'
import type { ItemSegment, Segment } from './path.ts'
import { rulesOfItem, rulesOfMember, type Rules } from './rules.ts'
import { isValueObject, type Value } from './value.ts'

/** Where in a value: the path of a difference, and the rules that tell how its lists are keyed. */
export interface Spot {
  readonly path: readonly Segment[]
  readonly rules: Rules
}

/**
 * The value with one part of it replaced, or removed when `next` is undefined; everything else is shared and
 * untouched, also what no rule knows of. Objects and lists on the way are made where they are missing.
 */
function assign(value: Value | undefined, { path, rules }: Spot, next: Value | undefined): Value | undefined {
  const [segment, ...rest] = path
  if (segment === undefined) return next
  if (value === undefined && next === undefined) return undefined
  if (typeof segment === 'string') return assignMember(value, { path: rest, rules }, { name: segment, next })
  const list = Array.isArray(value) ? value : []
  const index = typeof segment === 'number' ? segment : indexOf(list, segment, rules)
  const item = assign(list[index], { path: rest, rules: rulesOfItem(rules) }, next)
  if (item === undefined) return without(list, index, rules)
  return index < list.length ? list.with(index, item) : [...list, item]
}

/** A part that is to be something else, or nothing. */
interface Change {
  readonly path: readonly Segment[]
  readonly wanted?: Value | undefined
}

/**
 * The value with several parts replaced or removed. Of items of one key the last goes first, because whoever goes
 * takes the numbers of those behind it along.
 */
export function assignAll(
  value: Value | undefined,
  changes: readonly Change[],
  rules: Rules,
): Value | undefined {
  const isRemoval = ({ wanted }: Change): boolean => wanted === undefined
  const inOrder = [
    ...changes.filter((change) => !isRemoval(change)),
    ...changes.filter(isRemoval).toReversed(),
  ]
  return inOrder.reduce<Value | undefined>(
    (next, { path, wanted }) => assign(next, { path, rules }, wanted),
    value,
  )
}

/** What stands at a path; undefined when nothing does. */
export function valueAt(value: Value | undefined, { path, rules }: Spot): Value | undefined {
  const [segment, ...rest] = path
  if (segment === undefined) return value
  if (typeof segment === 'string')
    return isValueObject(value) && Object.hasOwn(value, segment)
      ? valueAt(value[segment], { path: rest, rules: rulesOfMember(rules, segment) })
      : undefined
  if (!Array.isArray(value)) return undefined
  const index = typeof segment === 'number' ? segment : indexOf(value, segment, rules)
  return valueAt(value[index], { path: rest, rules: rulesOfItem(rules) })
}

function assignMember(
  value: Value | undefined,
  { path, rules }: Spot,
  { name, next }: { name: string; next: Value | undefined },
): Value | undefined {
  const members = isValueObject(value) ? Object.entries(value) : []
  const before = members.find(([key]) => key === name)?.[1]
  const member = assign(before, { path, rules: rulesOfMember(rules, name) }, next)
  // What is left of an object whose last member was removed says nothing, and Databricks may refuse it.
  const isBare = next === undefined && isBareObject(member) && !isBareObject(before)
  if (member === undefined || isBare) return Object.fromEntries(members.filter(([key]) => key !== name))
  // From entries, so that a user's key `__proto__` stays a key and the order of the others is kept.
  return Object.fromEntries(
    members.some(([key]) => key === name)
      ? members.map(([key, old]) => [key, key === name ? member : old])
      : [...members, [name, member]],
  )
}

const isBareObject = (value: Value | undefined): boolean =>
  isValueObject(value) && Object.keys(value).length === 0

/** A list without one item; in a set, without all that mean the same. */
function without(list: Value[], index: number, rules: Rules): Value[] {
  const item = list[index]
  if (rules.effects.set !== true || item === undefined) return list.toSpliced(index, 1)
  const meaning = canonicalText(rulesOfItem(rules), item)
  return list.filter((other) => canonicalText(rulesOfItem(rules), other) !== meaning)
}

/** The place of a keyed item, or the end of the list when it is not there. */
function indexOf(list: readonly Value[], { key, occurrence }: ItemSegment, rules: Rules): number {
  let seen = 0
  for (const [index, item] of list.entries()) {
    const itsKey = rules.effects.set === true ? plain(item) : itemKey(rules, item)
    if (itsKey === key && (seen += 1) === occurrence) return index
  }
  return list.length
}

const plain = (item: Value): string => (typeof item === 'string' ? item : JSON.stringify(item))
