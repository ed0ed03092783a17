import type { Difference } from '../drift/difference.ts'
import type { Segment } from '../drift/path.ts'
import { rulesOfItem, rulesOfMember, type Effects, type Rules } from '../drift/rules.ts'
import type { Value } from '../drift/value.ts'
import type { Policy } from './policy.ts'
import { toleratedBy } from './tolerance.ts'

/** What `spec.management` says about differences, before anything is decided about them. */
export interface Stance {
  policy: Pick<Policy, 'mode' | 'unlisted' | 'ignore'>
  /** The instant of the look, RFC 3339. */
  now: string
}

/** The differences as the manifest means them: what it claims is its own, and what it puts up with is marked. */
export function underStance(
  differences: readonly Difference[],
  rules: Rules,
  { policy, now }: Stance,
): Difference[] {
  const meant = differences.map((difference) => {
    const claimed = policy.unlisted === 'Correct' ? claim(difference, rules) : difference
    // What somebody changed in the manifest is meant to be sent, also where drift is put up with.
    if (claimed.owned && claimed.cause === 'SpecChanged' && policy.mode === 'Correct') return claimed
    const tolerated = toleratedBy(policy.ignore, claimed, now)
    return tolerated === undefined ? claimed : { ...claimed, tolerated }
  })
  return withOtherForms(meant, rules)
}

/**
 * What came in the place of something that may be gone is put up with as that is: autoscaling instead of a number of
 * workers. Taken back alone, it would leave neither.
 */
function withOtherForms(differences: Difference[], rules: Rules): Difference[] {
  const gone = differences.filter(({ tolerated, found }) => tolerated !== undefined && found === undefined)
  if (gone.length === 0) return differences
  const toleratedAt = new Map(
    gone.flatMap(({ path, tolerated }) =>
      path.map((_, depth) => [keyOf(path.slice(0, depth + 1)), tolerated]),
    ),
  )
  return differences.map((one) => {
    if (one.cause !== 'AddedRemotely' || one.tolerated !== undefined) return one
    const other = otherForms(one, rules).find((path) => toleratedAt.has(path))
    const tolerated = other === undefined ? undefined : toleratedAt.get(other)
    return tolerated === undefined ? one : { ...one, tolerated }
  })
}

/** Where the manifest may name what rules out a setting, or something above it. */
const otherForms = ({ path }: Difference, rules: Rules): string[] =>
  path.flatMap((_, depth) => {
    const { excludedBy = [] } = effectsAt(path.slice(0, depth + 1), rules)
    return [excludedBy].flat().map((name) => keyOf([...path.slice(0, depth), name]))
  })

const keyOf = (path: readonly Segment[]): string => JSON.stringify(path)

/** A setting that the manifest does not mention, to be taken back: removed, or as a default has it. */
function claim(difference: Difference, rules: Rules): Difference {
  const effects = effectsAt(difference.path, rules)
  const isLeft = effects.left === true || difference.cannotUnset === true
  if (difference.owned || isLeft) return difference
  const wanted = difference.put ?? normalIn(effects)
  const goal = wanted === undefined ? {} : { wanted, shown: { ...difference.shown, wanted } }
  return { ...difference, ...goal, owned: true }
}

const effectsAt = (path: readonly Segment[], rules: Rules): Effects =>
  path.reduce<Rules>(
    (at, segment) => (typeof segment === 'string' ? rulesOfMember(at, segment) : rulesOfItem(at)),
    rules,
  ).effects

/** What Databricks fills in for something new. It need not come back by removing: a job without a queue has none. */
function normalIn({ default: normals = [] }: Effects): Value | undefined {
  const [normal, ...others] = normals
  return others.length === 0 ? normal : undefined
}
