import type { Difference } from '../drift/difference.ts'
import { rulesOfItem, rulesOfMember, type Rules } from '../drift/rules.ts'
import type { Policy } from './policy.ts'
import { toleratedBy } from './tolerance.ts'

/** What `spec.management` says about differences, before anything is decided about them. */
export interface Stance {
  policy: Pick<Policy, 'mode' | 'unlisted' | 'ignore'>
  /** The instant of the look, RFC 3339. */
  now: string
}

/** The differences as the manifest means them: what it claims is its own, and what it puts up with is marked. */
export const underStance = (
  differences: readonly Difference[],
  rules: Rules,
  { policy, now }: Stance,
): Difference[] =>
  differences.map((difference) => {
    const claimed = policy.unlisted === 'Correct' ? claim(difference, rules) : difference
    // What somebody changed in the manifest is meant to be sent, also where drift is put up with.
    if (claimed.owned && claimed.cause === 'SpecChanged' && policy.mode === 'Correct') return claimed
    const tolerated = toleratedBy(policy.ignore, claimed, now)
    return tolerated === undefined ? claimed : { ...claimed, tolerated }
  })

/** A setting that the manifest does not mention, to be taken back: removed, or as a default put it. */
function claim(difference: Difference, rules: Rules): Difference {
  const { owned, put, shown } = difference
  if (owned || isLeft(difference, rules)) return difference
  const goal = put === undefined ? {} : { wanted: put, shown: { ...shown, wanted: put } }
  return { ...difference, ...goal, owned: true }
}

function isLeft({ path }: Difference, rules: Rules): boolean {
  const end = path.reduce<Rules>(
    (at, segment) => (typeof segment === 'string' ? rulesOfMember(at, segment) : rulesOfItem(at)),
    rules,
  )
  return end.effects.left === true
}
