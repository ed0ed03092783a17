import { reportedPath } from '../drift/report.ts'
import type { Difference } from '../drift/compare.ts'
import type { Session } from '../kinds/kind.ts'
import { annotation } from './annotations.ts'
import { isStillWanted } from './claims.ts'
import type { Circumstances } from './decide.ts'
import { hasVanished } from './facts.ts'
import { historyOf, standingOf, usualSettling } from './history.ts'
import { togetherAmong } from './other-form.ts'
import { othersOf, type Pass } from './pass.ts'
import { neverUnasked } from './policy.ts'

/** What deciding about one part needs, taken from the pass. */
export function circumstancesOf(pass: Pass, session: Session, part: string): Circumstances {
  const { kind, policy, writer, seenAt, generation } = pass
  const { settles = usualSettling } = kind
  const { status } = writer
  const subject = pass.subject(session)
  const since = new Map(status.drift?.changes?.map(({ path, firstSeen }) => [path, firstSeen]))
  // What the status had no room for has been there at least as long as it is too long.
  const unlistedSince = status.drift?.truncated === true ? status.drift.firstSeen : undefined
  const isFirstDifference = status.origin === 'Adopted' && status.lastApplied === undefined
  const approved = [annotation(writer.object, 'approve'), status.approved]
  const { claims } = kind
  const isYielded = (difference: Difference): boolean =>
    claims !== undefined && isStillWanted(difference, { claims, subject, part }, othersOf(pass, session))
  return {
    policy,
    generation,
    approved: new Set(approved.filter((hash) => hash !== undefined)),
    missingReported: hasVanished(status),
    creates: kind.identity !== undefined,
    isNewGeneration: status.observedGeneration !== generation,
    isAskedFor: () => pass.environment.isAskedFor(kind.definition.kind, writer.object),
    impact: (difference, found) =>
      isYielded(difference) ? 'InPlace' : kind.impact(difference, found, subject.spec),
    verb: (differences) => kind.verb(differences),
    needsApproval: (difference, impact, found) =>
      isFirstDifference && neverUnasked.has(impact)
        ? 'the first difference of an adopted object'
        : isYielded(difference)
          ? undefined
          : kind.needsApproval?.(difference, subject, { part, found }),
    forbidden: (difference) => kind.forbids?.(difference, subject, part),
    standing: (difference, tries) =>
      standingOf(difference.text, historyOf(status, generation), {
        now: Date.parse(seenAt),
        settles,
        persists: kind.persists?.(difference) === true,
        tries,
      }),
    togetherAmong: (these) => togetherAmong(these, kind.rules),
    firstSeen: (text) => since.get(reportedPath(text)) ?? unlistedSince ?? seenAt,
  }
}
