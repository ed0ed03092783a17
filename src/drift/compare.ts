import { bucketsOf } from './buckets.ts'
import type { Cause } from './change.ts'
import type { Difference } from './difference.ts'
import { differenceAt, isAnySet, isDerived, placeBelow, rootPlace, type Below, type Place } from './place.ts'
import { isRemembered } from './remembered.ts'
import { isMap, rulesOfItem, rulesOfMember, type Rules } from './rules.ts'
import { isAsWanted, isDefault, isMetByNothing, isUnset } from './same.ts'
import { isAbsent, isAlike, isEmpty, isValueObject, isVoid, membersOf, ownIn, type Value } from './value.ts'

export { isDrift, type Difference } from './difference.ts'

/*
 * The three-way comparison. Guarantees:
 * - pure, and linear in the size of the three values;
 * - knows no field and no kind: what is special about a field is a row of its kind's table;
 * - each difference is named once, at the deepest path that has a meaning of its own: a scalar, an ordered
 *   list, an item that is missing or extra, a unit that is missing or extra;
 * - what the manifest does not mention is never owned, except what it held when we last wrote.
 */

/** The three values of one part, and the rules they are compared by. */
export interface Comparison {
  /** What the manifest says. */
  readonly wanted: Value
  /** What Databricks has, in manifest form. */
  readonly found: Value | undefined
  /** What we last wrote; undefined when it is lost or nothing was written yet. */
  readonly lastApplied: Value | undefined
  readonly rules: Rules
}

/** Every difference between the manifest and Databricks, with its cause. */
export function compare({ wanted, found, lastApplied, rules }: Comparison): Difference[] {
  const differences: Difference[] = []
  visit(rootPlace(rules, { wanted, found, last: lastApplied }), (difference) => differences.push(difference))
  return differences
}

type Emit = (difference: Difference) => void

function visit(place: Place, emit: Emit): void {
  const { wanted, found, last } = place
  const { effects } = place.rules
  if (effects.computed === true || isAnySet(place.parent, effects.silentWhile)) return
  if (effects.writeOnly === true) return visitWriteOnly(place, emit)
  if (isAbsent(wanted) && isAbsent(found)) return
  if (isAbsent(wanted) && isAbsent(last) && isSomeoneElses(place)) return
  const shape = shapeOf(place)
  switch (shape) {
    case 'Object': {
      const isUnit = effects.unit === true && (isVoid(wanted) || isVoid(found))
      return isUnit ? visitUnit(place, emit) : visitMembers(place, emit)
    }
    case 'Items':
      return visitItems(place, emit)
    case 'Sequence':
      return visitSequence(place, emit)
    case 'Leaf':
      return visitLeaf(place, emit)
    default:
      return shape satisfies never
  }
}

/** An addition that the server or a policy made, unless the manifest names something that rules it out. */
const isSomeoneElses = ({ rules, isSupplied, isExcluded }: Place): boolean =>
  !isExcluded && (isSupplied || rules.effects.serverDefault === true)

function shapeOf({ rules, wanted, found, isEntry }: Place): 'Object' | 'Items' | 'Sequence' | 'Leaf' {
  const { normalise, keyed, set } = rules.effects
  // An entry that only one side has is missing or extra as a whole.
  if (normalise !== undefined || (isEntry && (isAbsent(wanted) || isAbsent(found)))) return 'Leaf'
  const [one, other] = [wanted ?? found, found ?? wanted]
  if (isValueObject(one) && isValueObject(other)) return 'Object'
  if (!Array.isArray(one) || !Array.isArray(other)) return 'Leaf'
  if (keyed !== undefined || set === true) return 'Items'
  return isSequence(wanted, found) ? 'Sequence' : 'Leaf'
}

/** Ordered lists of objects, one for one. Of any other pair of ordered lists only the whole says something. */
const isSequence = (wanted: Value | undefined, found: Value | undefined): boolean =>
  Array.isArray(wanted) &&
  Array.isArray(found) &&
  wanted.length === found.length &&
  [...wanted, ...found].every(isValueObject)

function visitMembers(place: Place, emit: Emit): void {
  const { rules } = place
  const wanted = membersOf(place.wanted)
  const found = membersOf(place.found)
  const last = membersOf(place.last)
  const foundNames = Object.keys(found)
  const lastNames = Object.keys(last)
  let foundLeft = foundNames.length
  let lastLeft = lastNames.length
  const isEntry = isMap(rules)
  const isClosed = isEntry && rules.effects.entries !== 'Open' && isValueObject(place.wanted)
  const visitMember = (name: string) => {
    const below: Below = {
      rules: rulesOfMember(rules, name),
      segment: name,
      wanted: ownIn(wanted, name),
      found: ownIn(found, name),
      last: ownIn(last, name),
      isEntry,
      isClosed,
    }
    if (below.found !== undefined) foundLeft -= 1
    if (below.last !== undefined) lastLeft -= 1
    if (!isPlainlySame(below)) visit(placeBelow(place, below), emit)
  }
  for (const name of Object.keys(wanted)) visitMember(name)
  // Mostly nothing is left by now, and to look for it takes as long as all before.
  if (foundLeft > 0) for (const name of foundNames) if (!Object.hasOwn(wanted, name)) visitMember(name)
  if (lastLeft > 0)
    for (const name of lastNames)
      if (!Object.hasOwn(wanted, name) && !Object.hasOwn(found, name)) visitMember(name)
}

/** Most of what is compared, and what needs no place: a scalar that both sides have, or neither. */
const isPlainlySame = ({ rules, wanted, found }: Below): boolean =>
  wanted === found && (typeof wanted !== 'object' || wanted === null) && rules.effects.writeOnly !== true

/** One difference for the whole object if there is any in it: half a schedule is none. */
function visitUnit(place: Place, emit: Emit): void {
  const inner: Difference[] = []
  visitMembers(place, (difference) => inner.push(difference))
  const [first] = inner
  if (first === undefined) return
  const isOneCause = inner.every(({ cause }) => cause === first.cause)
  emit(
    differenceAt(place, {
      cause: isOneCause ? first.cause : 'SpecChanged',
      owned: inner.some(({ owned }) => owned),
    }),
  )
}

function visitItems(place: Place, emit: Emit): void {
  if (isUntouched(place)) return
  const { rules } = place
  const isClosed = rules.effects.entries !== 'Open' && !isAbsent(place.wanted)
  for (const { name, rows } of bucketsOf(rules, place)) {
    let occurrence = 0
    for (const { wanted, found, last } of rows) {
      occurrence += 1
      const item = placeBelow(place, {
        rules: rulesOfItem(rules),
        segment: { key: name, occurrence },
        wanted,
        found,
        last,
        isEntry: true,
        isClosed,
      })
      if (!isUntouched(item)) visit(item, emit)
    }
  }
}

/**
 * Most lists, and of the others most items: nothing in it can differ, so no rule has to be asked. What nobody can read
 * back is told from our memory alone, so there it has to say the same. A value is looked at once for each keyed list
 * around it, of which a table has few in each other: still linear.
 */
const isUntouched = ({ rules, wanted, found, last, isLastKnown }: Place): boolean =>
  isAlike(wanted, found) && (rules.isReadable || !isLastKnown || isAlike(wanted, last))

function visitSequence(place: Place, emit: Emit): void {
  const [wanted, found, last] = [listOf(place.wanted), listOf(place.found), listOf(place.last)]
  // With another length it was another list: none of its items is the former self of one of today's.
  const lasts = last.length === wanted.length ? last : []
  for (const [index, item] of wanted.entries())
    visit(
      placeBelow(place, {
        rules: rulesOfItem(place.rules),
        segment: index,
        wanted: item,
        found: found[index],
        last: lasts[index],
      }),
      emit,
    )
}

const listOf = (value: Value | undefined): Value[] => (Array.isArray(value) ? value : [])

function visitLeaf(place: Place, emit: Emit): void {
  const { rules, wanted, found, isEntry } = place
  if (isAbsent(wanted)) return visitUnwanted(place, emit)
  if (isAsWanted(rules, wanted, found)) return
  if (isAbsent(found) && !isEntry && isMetByNothing(rules, wanted)) return
  emit(differenceAt(place, { cause: causeOf(place, wanted), owned: true }))
}

function causeOf({ rules, found, last, isLastKnown }: Place, wanted: Value): Cause {
  if (isLastKnown && !isRemembered(rules, wanted, last)) return 'SpecChanged'
  if (isVoid(found)) return 'RemovedRemotely'
  return isVoid(wanted) ? 'AddedRemotely' : 'ChangedRemotely'
}

function visitUnwanted(place: Place, emit: Emit): void {
  const { rules, found, last, isEntry } = place
  if (isEntry ? isDefault(rules, found) : isUnset(rules, found)) return
  if (isDerived(place)) return
  if (!isAbsent(last) && rules.effects.lasting === true) {
    if (isRemembered(rules, found, last))
      emit(differenceAt(place, { cause: 'SpecChanged', owned: true, lasting: true }))
    return
  }
  // It left the manifest: what we wrote is ours to remove, whatever became of it since, unless its row says otherwise.
  const isOurs = !isAbsent(last) && (rules.effects.left !== true || isRemembered(rules, found, last))
  if (isOurs) return emit(differenceAt(place, { cause: 'SpecChanged', owned: true }))
  emit(differenceAt(place, { cause: 'AddedRemotely', owned: place.isClosed || place.isExcluded }))
}

/** Nobody can read the value back, so only our own memory can tell that it changed. */
function visitWriteOnly(place: Place, emit: Emit): void {
  const { rules, wanted, last, isLastKnown } = place
  if (!isLastKnown || isRemembered(rules, wanted, last)) return
  // To say that there is none is as good as to say nothing.
  if (isEmpty(wanted) && isEmpty(last)) return
  emit(differenceAt({ ...place, found: undefined }, { cause: 'SpecChanged', owned: true }))
}
