import type { Difference } from '../drift/difference.ts'
import type { Segment } from '../drift/path.ts'
import { rulesOfItem, rulesOfMember, type Effects, type Rules } from '../drift/rules.ts'

/** What the rules say of the value at a path. */
export const effectsAt = (path: readonly Segment[], rules: Rules): Effects =>
  path.reduce<Rules>(
    (at, segment) => (typeof segment === 'string' ? rulesOfMember(at, segment) : rulesOfItem(at)),
    rules,
  ).effects

/** Looks up one of certain differences that has to do with another one. */
type Search = (one: Difference) => Difference | undefined

/**
 * Of these, one in whose place another difference came or that came in its place, as autoscaling in that of a number of
 * workers: what is wanted rules it out. Taken back alone it would leave neither, and the other alone would stand beside
 * it. Whether what it took the place of is still to be read is not said: a cluster that scales may tell its present
 * number. Thousands may differ, so they are looked up and not tried one by one.
 */
export function formsAmong(these: readonly Difference[], rules: Rules): Search {
  const byStart = firstOf(these, ({ path }) => startsOf(path))
  const byRuledOut = firstOf(these, (one) => ruledOutBy(one, rules))
  return (one) => get(byStart, ruledOutBy(one, rules)) ?? get(byRuledOut, startsOf(one.path))
}

/** Of these, one that is to be brought about with another: a form of it, or a part of what means something as a whole. */
export function togetherAmong(these: readonly Difference[], rules: Rules): Search {
  const form = formsAmong(these, rules)
  const byStart = firstOf(these, ({ path }) => startsOf(path))
  const wholes = ({ path }: Difference) =>
    startsOf(path).filter((start) => effectsAt(start, rules).whole === true)
  return (one) => form(one) ?? get(byStart, wholes(one))
}

type Path = readonly Segment[]

/** The first difference of each of the paths that it is found by. */
function firstOf(
  these: readonly Difference[],
  pathsOf: (one: Difference) => readonly Path[],
): ReadonlyMap<string, Difference> {
  const first = new Map<string, Difference>()
  for (const one of these)
    for (const path of pathsOf(one)) {
      const text = JSON.stringify(path)
      if (!first.has(text)) first.set(text, one)
    }
  return first
}

function get(by: ReadonlyMap<string, Difference>, paths: readonly Path[]): Difference | undefined {
  for (const path of paths) {
    const found = by.get(JSON.stringify(path))
    if (found !== undefined) return found
  }
  return undefined
}

/** A path and all that lies above it. */
const startsOf = (path: Path): Path[] => path.map((_, depth) => path.slice(0, depth + 1))

/** Where the manifest may name what rules out something that it does not want, or something above it. */
const ruledOutBy = ({ path, wanted }: Difference, rules: Rules): Path[] =>
  wanted === undefined
    ? path.flatMap((_, depth) => {
        const { excludedBy = [] } = effectsAt(path.slice(0, depth + 1), rules)
        return [excludedBy].flat().map((name) => [...path.slice(0, depth), name])
      })
    : []
