import { isAnyFound, isAnySet, isDerived, placeBelow, rootPlace, type Place } from './place.ts'
import { rulesOfMember, type Rules } from './rules.ts'
import { isAsWanted, isMetByNothing, isSame } from './same.ts'
import { isAbsent, isValueObject, memberOf, type Value } from './value.ts'

/*
 * Some calls take an object whole: what is left out of them is lost, and what was only read and is sent back counts
 * as if somebody had wanted it.
 */

/** What a call that takes an object whole is made from. */
export interface Replacement {
  /** What the manifest says. */
  readonly wanted: Value
  /** What Databricks has. */
  readonly found: Value
  /** The same with the differences that are to go out written into it. */
  readonly edited: Value
  readonly rules: Rules
}

/**
 * What to send for a whole object. What the manifest does not mention goes back as it was read, but for
 * - what the manifest rules out: values of the other form of a thing are refused;
 * - what came of the other form that was there: a pool's disks, the address of a single node;
 * - what follows or came of a value beside it: it would stay behind when that one changes;
 * - everything, where each write fills it in anew: sent back, it would never change again.
 * What the manifest says goes out as it says it: `auto`, and not the zone that came of it.
 */
export const replacementOf = ({ edited, rules, ...values }: Replacement): Value =>
  sent(rootPlace(rules, { ...values, last: undefined }), { edited, isRefilled: false }) ?? {}

interface Sending {
  readonly edited: Value | undefined
  /** Something above is filled in anew by each write. */
  readonly isRefilled: boolean
}

function sent(place: Place, { edited, isRefilled }: Sending): Value | undefined {
  const { rules, wanted } = place
  if (isAbsent(wanted)) return !isRefilled && isCarried(place) ? edited : undefined
  if (isAbsent(edited)) return isUnseen(place, wanted) ? wanted : undefined
  if (rules.effects.normalise === undefined && isValueObject(wanted) && isValueObject(edited))
    return members(place, { edited, isRefilled: isRefilled || isRefilledHere(place) })
  return !Array.isArray(edited) && isAsWanted(rules, wanted, edited) ? wanted : edited
}

function members(place: Place, { edited, isRefilled }: Sending): Value {
  const names = new Set([edited, place.wanted].filter(isValueObject).flatMap(Object.keys))
  const all = [...names].flatMap((segment) => {
    const below = placeBelow(place, {
      rules: rulesOfMember(place.rules, segment),
      segment,
      wanted: memberOf(place.wanted, segment),
      found: memberOf(place.found, segment),
      last: undefined,
    })
    const member = sent(below, { edited: memberOf(edited, segment), isRefilled })
    return member === undefined ? [] : [[segment, member] as const]
  })
  return Object.fromEntries(all)
}

/** Whether what nobody of us mentions goes back as it was read. */
function isCarried(place: Place): boolean {
  const { rules, parent, found } = place
  const { silentWhile, follows } = rules.effects
  if (isDerived(place)) return false
  if (isAnySet(parent, silentWhile) || isAnyFound(parent, silentWhile)) return false
  return follows === undefined || !isSame(rules, found, memberOf(parent?.found, follows))
}

/** Whether a wanted value is there although it cannot be read. What lacks otherwise is not to go out now. */
const isUnseen = ({ rules, parent }: Place, wanted: Value): boolean =>
  rules.effects.writeOnly === true ||
  isAnySet(parent, rules.effects.silentWhile) ||
  isMetByNothing(rules, wanted)

const isRefilledHere = ({ rules, wanted }: Place): boolean => {
  const names = rules.effects.refilledBy ?? []
  return names.length > 0 && names.every((name) => Boolean(memberOf(wanted, name)))
}
