import type { Difference } from './difference.ts'
import { pathText, type Segment } from './path.ts'
import { masked, rootScope, scopeBelow, type Scope } from './redact.ts'
import type { Rules } from './rules.ts'
import { isSame } from './same.ts'
import { isAbsent, memberOf, type Value } from './value.ts'

/** The three values that are compared. */
export interface Values {
  readonly wanted: Value | undefined
  readonly found: Value | undefined
  readonly last: Value | undefined
}

/** Where a comparison stands. Places link upwards, so that a path is only made for what differs. */
export interface Place extends Values {
  readonly rules: Rules
  readonly parent: Place | undefined
  readonly segment: Segment | undefined
  /** False when what we last wrote was lost or never was; then no `last` says anything. */
  readonly isLastKnown: boolean
  /** An entry of a map or an item of a list: it is there or not, an empty value is a value. */
  readonly isEntry: boolean
  /** The manifest mentions the whole map or list, so what it does not name should not be there. */
  readonly isClosed: boolean
  /** The manifest names a sibling that rules this out. */
  readonly isExcluded: boolean
  /** What was found and never was in the manifest is the doing of something the manifest refers to, such as a policy. */
  readonly isSupplied: boolean
}

/** Where a comparison begins: the whole of a value. */
export const rootPlace = (rules: Rules, values: Values): Place => ({
  ...values,
  rules,
  parent: undefined,
  segment: undefined,
  isLastKnown: values.last !== undefined,
  isEntry: false,
  isClosed: false,
  isExcluded: false,
  isSupplied: isSupplied(rules, values),
})

/** A part of a place. */
export interface Below extends Values {
  readonly rules: Rules
  readonly segment: Segment
  readonly isEntry?: boolean
  readonly isClosed?: boolean
}

/**
 * The place of a part. Written out, member by member: places are most of what a comparison makes, and spreading costs
 * three times as much.
 */
export const placeBelow = (parent: Place, below: Below): Place => ({
  wanted: below.wanted,
  found: below.found,
  last: below.last,
  rules: below.rules,
  parent,
  segment: below.segment,
  isLastKnown: parent.isLastKnown,
  isEntry: below.isEntry === true,
  isClosed: below.isClosed === true,
  isExcluded: parent.isExcluded || isAnySet(parent, below.rules.effects.excludedBy),
  isSupplied: parent.isSupplied || isSupplied(below.rules, below),
})

const isSupplied = ({ effects }: Rules, { wanted }: Values): boolean =>
  effects.suppliedBy !== undefined && isSet(memberOf(wanted, effects.suppliedBy))

/** Whether the manifest sets a value: 0 is one, false and "" say that there is none. */
const isSet = (value: Value | undefined): boolean => !isAbsent(value) && value !== false && value !== ''

/** Whether the manifest sets any of the named siblings, seen from a member of the object at `parent`. */
export const isAnySet = (parent: Place | undefined, names: string | readonly string[] | undefined): boolean =>
  isAnySibling(parent, names, isWantedAt)

/** Whether what was found has any of them. */
export const isAnyFound = (
  parent: Place | undefined,
  names: string | readonly string[] | undefined,
): boolean => isAnySibling(parent, names, isFoundAt)

/** Whether what was found came of the value beside it. */
export function isDerived({ rules, parent, found }: Place): boolean {
  const { derived } = rules.effects
  if (derived === undefined) return false
  const source = memberOf(parent?.found, derived.from)
  return !isAbsent(source) && isSame(rules, found, derived.gives(source))
}

type Side = (object: Place, name: string) => boolean
const isWantedAt: Side = ({ wanted }, name) => isSet(memberOf(wanted, name))
const isFoundAt: Side = ({ found }, name) => isSet(memberOf(found, name))

function isAnySibling(
  parent: Place | undefined,
  names: string | readonly string[] | undefined,
  side: Side,
): boolean {
  if (names === undefined) return false
  return typeof names === 'string'
    ? isSibling(parent, names, side)
    : names.some((name) => isSibling(parent, name, side))
}

function isSibling(parent: Place | undefined, name: string, side: Side): boolean {
  if (parent === undefined) return false
  if (name.startsWith('../')) return isSibling(enclosingObject(parent), name.slice(3), side)
  return side(parent, name)
}

/** The object around an object: a list in between does not count. */
function enclosingObject({ parent }: Place): Place | undefined {
  const isList = parent !== undefined && Array.isArray(parent.wanted ?? parent.found)
  return isList ? parent.parent : parent
}

/** The difference at a place. */
export function differenceAt(
  place: Place,
  judgement: Pick<Difference, 'cause' | 'owned' | 'lasting'>,
): Difference {
  const path = pathTo(place)
  const scope = scopeOf(place)
  const show = (value: Value) => masked(scope, value, place.wanted)
  return { path, text: pathText(path), ...pairOf(place), shown: pairOf(place, show), ...judgement }
}

const pairOf = ({ wanted, found }: Values, show = (value: Value): Value => value) => ({
  ...(isAbsent(wanted) ? {} : { wanted: show(wanted) }),
  ...(isAbsent(found) ? {} : { found: show(found) }),
})

const pathTo = ({ parent, segment }: Place): Segment[] =>
  parent === undefined || segment === undefined ? [] : [...pathTo(parent), segment]

const scopeOf = ({ parent, segment, rules }: Place): Scope =>
  parent === undefined || segment === undefined ? rootScope(rules) : scopeBelow(scopeOf(parent), segment)
