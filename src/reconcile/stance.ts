import type { Difference } from '../drift/difference.ts'
import type { Effects, Rules } from '../drift/rules.ts'
import type { Value } from '../drift/value.ts'
import { effectsAt, formsAmong } from './other-form.ts'
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
  // What somebody changed in the manifest is meant to be sent, also where drift is put up with.
  const isSent = ({ owned, cause }: Difference) =>
    owned && cause === 'SpecChanged' && policy.mode === 'Correct'
  const meant = differences.map((difference) => {
    const claimed = policy.unlisted === 'Correct' ? claim(difference, rules) : difference
    const tolerated = isSent(claimed) ? undefined : toleratedBy(policy.ignore, claimed, now)
    return tolerated === undefined ? claimed : { ...claimed, tolerated }
  })
  return withOtherForms(meant, rules, isSent)
}

/**
 * What came in the place of something is put up with as that is, and the other way round; but not where one of them is
 * sent, which takes the place of the other.
 */
function withOtherForms(
  differences: Difference[],
  rules: Rules,
  isSent: (one: Difference) => boolean,
): Difference[] {
  const some = differences.filter(({ tolerated }) => tolerated !== undefined)
  if (some.length === 0) return differences
  const formOfSent = formsAmong(differences.filter(isSent), rules)
  const formOfTolerated = formsAmong(some, rules)
  return differences.map((one) => {
    if (isSent(one)) return one
    const { tolerated: own, ...free } = one
    if (formOfSent(one) !== undefined) return free
    const tolerated = own ?? formOfTolerated(one)?.tolerated
    return tolerated === undefined ? one : { ...one, tolerated }
  })
}

/** A setting that the manifest does not mention, to be taken back: removed, or as a default has it. */
function claim(difference: Difference, rules: Rules): Difference {
  const effects = effectsAt(difference.path, rules)
  const isLeft = effects.left === true || difference.cannotUnset === true
  if (difference.owned || isLeft) return difference
  const wanted = difference.put ?? normalIn(effects)
  const goal = wanted === undefined ? {} : { wanted, shown: { ...difference.shown, wanted } }
  return { ...difference, ...goal, owned: true }
}

/** What Databricks fills in for something new. It need not come back by removing: a job without a queue has none. */
function normalIn({ default: normals = [] }: Effects): Value | undefined {
  const [normal, ...others] = normals
  return others.length === 0 ? normal : undefined
}
