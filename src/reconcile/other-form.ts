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
 * Whether something came in the place of something else that is gone, as autoscaling in that of a number of workers.
 * Taken back alone, it would leave neither.
 */
export const isOtherForm = (one: Difference, gone: Difference, rules: Rules): boolean =>
  one.wanted === undefined &&
  gone.found === undefined &&
  ruledOutBy(one, rules).some((path) => startsWith(gone.path, path))

/** Where the manifest may name what rules out a setting, or something above it. */
const ruledOutBy = ({ path }: Difference, rules: Rules): Segment[][] =>
  path.flatMap((_, depth) => {
    const { excludedBy = [] } = effectsAt(path.slice(0, depth + 1), rules)
    return [excludedBy].flat().map((name) => [...path.slice(0, depth), name])
  })

const startsWith = (path: readonly Segment[], start: readonly Segment[]): boolean =>
  JSON.stringify(path.slice(0, start.length)) === JSON.stringify(start)
