import { itemKey } from './buckets.ts'
import { canonicalText } from './canonical.ts'
import type { ItemSegment, Segment } from './path.ts'
import { rulesOfItem, rulesOfMember, type Rules } from './rules.ts'
import { isValueObject, type Value, type ValueObject } from './value.ts'

/** Where in a value: the path of a difference, and the rules that tell how its lists are keyed. */
export interface Spot {
  readonly path: readonly Segment[]
  readonly rules: Rules
}

/** A part that is to be something else, or nothing. */
interface Change {
  readonly path: readonly Segment[]
  readonly wanted?: Value | undefined
}

/** What changes behind one step into the value; its paths begin there. */
interface Behind {
  readonly segment: Segment
  readonly changes: Change[]
}

/**
 * The value with several parts of it replaced, or removed where nothing is wanted; everything else is shared and
 * untouched, also what no rule knows of. Objects and lists on the way are made where they are missing. Items are counted
 * as they stand before, and new ones go to the end.
 */
export function assignAll(
  value: Value | undefined,
  changes: readonly Change[],
  rules: Rules,
): Value | undefined {
  const whole = changes.find(({ path }) => path.length === 0)
  if (whole !== undefined) return whole.wanted
  // Nothing is made on the way to what is to go.
  if (changes.length === 0 || (value === undefined && changes.every(isRemoval))) return value
  const steps = stepsOf(changes)
  return steps.every(({ segment }) => typeof segment === 'string')
    ? assignMembers(value, steps, rules)
    : assignItems(value, steps, rules)
}

const isRemoval = ({ wanted }: Change): boolean => wanted === undefined

/** The changes by their first step, in the order in which they take it. */
function stepsOf(changes: readonly Change[]): Behind[] {
  const steps = new Map<string, Behind>()
  for (const { path, wanted } of changes) {
    const [segment, ...rest] = path
    if (segment === undefined) continue
    const key = JSON.stringify(segment)
    const step = steps.get(key) ?? { segment, changes: [] }
    step.changes.push({ path: rest, wanted })
    steps.set(key, step)
  }
  return [...steps.values()]
}

function assignMembers(value: Value | undefined, steps: readonly Behind[], rules: Rules): ValueObject {
  // A map, so that a user's key `__proto__` stays a key, and the order of the others is kept.
  const members = new Map(Object.entries(isValueObject(value) ? value : {}))
  for (const { segment: name, changes } of steps) {
    if (typeof name !== 'string') continue
    const before = members.get(name)
    const member = assignAll(before, changes, rulesOfMember(rules, name))
    // What is left of an object whose last member was removed says nothing, and Databricks may refuse it.
    const isBare = changes.some(isRemoval) && isBareObject(member) && !isBareObject(before)
    if (member === undefined || isBare) members.delete(name)
    else members.set(name, member)
  }
  return Object.fromEntries(members)
}

const isBareObject = (value: Value | undefined): boolean =>
  isValueObject(value) && Object.keys(value).length === 0

function assignItems(value: Value | undefined, steps: readonly Behind[], rules: Rules): Value[] {
  const list = Array.isArray(value) ? value : []
  const placeOf = placesIn(list, rules)
  const items: (Value | undefined)[] = [...list]
  for (const { segment, changes } of steps) {
    if (typeof segment === 'string') continue
    const index = placeOf(segment)
    const item = assignAll(list[index], changes, rulesOfItem(rules))
    if (index < list.length) items[index] = item
    else items.push(item)
  }
  return itemsLeft(items, list, rules)
}

/** Of a set goes whatever means the same as what goes. */
function itemsLeft(items: readonly (Value | undefined)[], before: readonly Value[], rules: Rules): Value[] {
  const isSet = rules.effects.set === true
  const meaningOf = (item: Value): string => canonicalText(rulesOfItem(rules), item)
  const gone = new Set(isSet ? before.filter((_, index) => items[index] === undefined).map(meaningOf) : [])
  const left = items.filter((item) => item !== undefined)
  return gone.size === 0 ? left : left.filter((item) => !gone.has(meaningOf(item)))
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
  return valueAt(value[placesIn(value, rules)(segment)], { path: rest, rules: rulesOfItem(rules) })
}

/** Finds items: by their number, or by their key; the end of the list when one is not there. */
function placesIn(list: readonly Value[], rules: Rules): (segment: number | ItemSegment) => number {
  const keyOf = (item: Value) => (rules.effects.set === true ? plain(item) : itemKey(rules, item))
  let places: Map<string, number[]> | undefined
  return (segment) => {
    if (typeof segment === 'number') return segment
    places ??= Map.groupBy(list.keys(), (index) => keyOf(list[index] ?? null))
    return places.get(segment.key)?.[segment.occurrence - 1] ?? list.length
  }
}

const plain = (item: Value): string => (typeof item === 'string' ? item : JSON.stringify(item))
