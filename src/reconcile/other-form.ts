import type { Difference } from '../drift/difference.ts'
import type { Segment } from '../drift/path.ts'
import { rulesOfItem, rulesOfMember, type Effects, type Rules } from '../drift/rules.ts'

/** What the rules say of the value at a path. */
export const effectsAt = (path: readonly Segment[], rules: Rules): Effects =>
  path.reduce<Rules>(
    (at, segment) => (typeof segment === 'string' ? rulesOfMember(at, segment) : rulesOfItem(at)),
    rules,
  ).effects

/**
 * Whether one of two came in the place of the other, as autoscaling in that of a number of workers: what is wanted rules
 * it out. Taken back alone it would leave neither, and the other alone would stand beside it. Whether what it took the
 * place of is still to be read is not said: a cluster that scales may tell its present number.
 */
export const areForms = (one: Difference, other: Difference, rules: Rules): boolean =>
  isRuledOut(one, other, rules) || isRuledOut(other, one, rules)

/** Whether two are to be brought about together: forms of one thing, or parts of one that means something as a whole. */
export const belongTogether = (one: Difference, other: Difference, rules: Rules): boolean =>
  areForms(one, other, rules) ||
  one.path.some((_, depth) => {
    const whole = one.path.slice(0, depth + 1)
    return effectsAt(whole, rules).whole === true && startsWith(other.path, whole)
  })

const isRuledOut = (one: Difference, other: Difference, rules: Rules): boolean =>
  one.wanted === undefined && ruledOutBy(one, rules).some((path) => startsWith(other.path, path))

/** Where the manifest may name what rules out a setting, or something above it. */
const ruledOutBy = ({ path }: Difference, rules: Rules): Segment[][] =>
  path.flatMap((_, depth) => {
    const { excludedBy = [] } = effectsAt(path.slice(0, depth + 1), rules)
    return [excludedBy].flat().map((name) => [...path.slice(0, depth), name])
  })

const startsWith = (path: readonly Segment[], start: readonly Segment[]): boolean =>
  JSON.stringify(path.slice(0, start.length)) === JSON.stringify(start)
