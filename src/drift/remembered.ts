import { masked, rootScope } from './redact.ts'
import type { Rules } from './rules.ts'
import { isSame } from './same.ts'
import { hashForm, hashOf } from './secret-like.ts'
import { isAbsent, isValueObject, memberOf, type Value, type ValueObject } from './value.ts'

/*
 * What was last written is stored where many may read it, for as long as nothing else is written: longer than the
 * manifest itself may hold a secret. So a secret is remembered by its hash, by which it is known again.
 */

/** What may be stored of a value that was written. */
export const remembered = (rules: Rules, value: Value): Value => masked(rootScope(rules), value, value)

/** Whether what is wanted is what is remembered. */
export const isRemembered = (rules: Rules, wanted: Value | undefined, last: Value | undefined): boolean =>
  isSame(rules, wanted, last) || isHashed(wanted, last)

/** The same value with hashes in the place of its secrets. */
function isHashed(wanted: Value | undefined, last: Value | undefined): boolean {
  if (wanted === last) return true
  if (isAbsent(wanted) || isAbsent(last)) return false
  if (typeof wanted === 'object')
    return isValueObject(wanted) ? hasMembersHashed(wanted, last) : hasItemsHashed(wanted, last)
  return typeof last === 'string' && hashForm.test(last) && hashOf(wanted) === last
}

const hasMembersHashed = (wanted: ValueObject, last: Value): boolean =>
  isValueObject(last) &&
  Object.keys({ ...wanted, ...last }).every((name) => isHashed(memberOf(wanted, name), memberOf(last, name)))

const hasItemsHashed = (wanted: readonly Value[], last: Value): boolean =>
  Array.isArray(last) &&
  last.length === wanted.length &&
  wanted.every((item, index) => isHashed(item, last[index]))
