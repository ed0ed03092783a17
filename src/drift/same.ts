import { canonicalText } from './canonical.ts'
import type { Rules } from './rules.ts'
import { isAbsent, isEmpty, type Value } from './value.ts'

/** Whether two values of the manifest's own vocabulary mean the same. Absent is only the same as absent. */
export function isSame(rules: Rules, a: Value | undefined, b: Value | undefined): boolean {
  if (isAbsent(a) || isAbsent(b)) return isAbsent(a) && isAbsent(b)
  return a === b || canonicalText(rules, a) === canonicalText(rules, b)
}

/** Whether what is found is what the manifest wants. */
export function isAsWanted(rules: Rules, wanted: Value, found: Value | undefined): boolean {
  const { alias = [], wantedAny } = rules.effects
  if (isSame(rules, wanted, found)) return true
  if (wantedAny !== undefined && isSame(rules, wanted, wantedAny)) return true
  return alias.some(([name, meaning]) => isSame(rules, wanted, name) && isSame(rules, found, meaning))
}

/** Whether a value means the same as none, because Databricks fills it in by itself. */
export const isDefault = (rules: Rules, value: Value | undefined): boolean =>
  rules.effects.default?.some((normal) => isSame(rules, normal, value)) ?? false

/**
 * Whether nobody set the value. Where a row lists defaults, zero counts only if it is among them: 0 in a
 * field whose default is 1 was somebody's choice.
 */
export function isUnset(rules: Rules, found: Value | undefined): boolean {
  if (isAbsent(found)) return true
  return rules.effects.default === undefined ? isEmpty(found) : isDefault(rules, found)
}

/**
 * Whether nothing on the other side is what the manifest wants: it names the default, or a zero, which
 * Databricks often does not echo.
 */
export const isMetByNothing = (rules: Rules, wanted: Value): boolean =>
  isEmpty(wanted) || isDefault(rules, wanted)
