import { impacts, type Impact } from '../drift/change.ts'
import type { Difference } from '../drift/compare.ts'
import type { Found } from '../kinds/kind.ts'
import { approvalHash } from './approval.ts'
import type { Circumstances, Judged } from './decide.ts'

type HoldCircumstances = Pick<Circumstances, 'generation' | 'verb' | 'firstSeen'>

/** Differences that wait, under one hash that an approval names. */
export interface Hold {
  hash: string
  verb: string
  impact: Impact
  /** Some of the held differences come from the manifest, so this generation is not applied yet. */
  bySpec: boolean
  differences: Difference[]
  /** Why approval is the only way, if it is. */
  demanded?: string
  /** Since when the first of its differences has been seen. */
  since: string
  /** What would let it go by itself, as a clause after "when the cluster stops". */
  stops?: string
}

/** What waits of a part, under the hash of all of it. */
export function holdOf(
  differences: Difference[],
  { judged, demanded, found }: { judged: readonly Judged[]; demanded: string | undefined; found: Found },
  circumstances: HoldCircumstances,
): Hold {
  const held = new Set(judged.filter(({ action }) => action === 'Hold').map(({ impact }) => impact))
  const impact = impacts.find((one) => held.has(one)) ?? 'InPlace'
  const verb = circumstances.verb(differences)
  return {
    hash: hashOf(circumstances, verb, differences),
    verb,
    impact,
    bySpec: differences.some(({ cause }) => cause === 'SpecChanged'),
    differences,
    since: differences.map(({ text }) => circumstances.firstSeen(text)).toSorted()[0] ?? '',
    ...(demanded === undefined ? {} : { demanded }),
    ...(found.stops === undefined ? {} : { stops: found.stops }),
  }
}

/**
 * An approval counts for this generation, this verb and exactly these differences as they were first seen:
 * the same drift happening once more asks once more.
 */
function hashOf(circumstances: HoldCircumstances, verb: string, differences: readonly Difference[]): string {
  const parts = differences.map(({ text, wanted, found }) => [
    text,
    wanted ?? null,
    found ?? null,
    circumstances.firstSeen(text),
  ])
  return approvalHash([circumstances.generation, verb, parts])
}
