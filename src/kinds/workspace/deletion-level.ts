import { instant } from '../../clock.ts'
import { annotations } from '../../reconcile/annotations.ts'
import { approvalHash } from '../../reconcile/approval.ts'
import { firstFew } from '../../reconcile/sentences.ts'
import { mostUnapproved, type Deletions } from './deletions.ts'

/** Milliseconds for which a deletion counts. */
const counted = 3_600_000

/** How many of what waits a sentence names. */
const mostNamed = 5

/** How many characters of a wrong approval it shows. */
const mostApproval = 64

/** A manifest that is deleted and whose remote side has still to go. */
export interface Leaving {
  uid: string
  /** Kind, namespace and name. */
  name: string
  /** When its deletion was asked for. */
  since: string
}

/** All that counts for whether deletions of a workspace go on. */
export interface Level {
  workspace: { uid: string; name: string; namespace: string }
  guard: number
  leaving: readonly Leaving[]
  /** As the status has them. */
  deletions: Deletions
  /** The hash that somebody approved by annotation. */
  approval: string | undefined
  now: number
}

/**
 * The same deletions as they stand now. By level, and not by what comes in one go: a hundred deletions one by one are
 * no other than a hundred at once.
 *
 * An approval lets go whatever the status showed with that hash: all that was asked for until then. It counts no longer
 * for what comes later, and neither does what went before it, because somebody has looked at both.
 */
export function settled(level: Level): Deletions {
  const { held: shown, ...before } = level.deletions
  if (shown === undefined || shown.hash !== level.approval) return withHeld(level, before)
  return withHeld(level, { approvedUpTo: later(before.approvedUpTo, shown.upTo) })
}

/**
 * The same with one more that goes without approval, or tries once more to. What went lately is kept as long as it
 * counts, and what is still on its way as long as it is: let go once, it is not held later.
 */
export function allowed(level: Level, deletions: Deletions, uid: string): Deletions {
  const kept = (deletions.recent ?? []).filter((one) => one.uid !== uid && counts(level)(one))
  return { ...deletions, recent: [...kept, { uid, at: instant(level.now) }].slice(-mostUnapproved) }
}

/** Whether somebody approved the deletion, or it was let go without. */
export const isAllowed = ({ recent = [], approvedUpTo }: Deletions, { uid, since }: Leaving): boolean =>
  isUpTo(since, approvedUpTo) || recent.some((one) => one.uid === uid)

/** Whether a deletion may go and nothing new has to be recorded of it. */
export const isOnRecord = (
  { recent = [], approvedUpTo }: Deletions,
  { uid, since }: Leaving,
  now: number,
): boolean => isUpTo(since, approvedUpTo) || recent.some((one) => one.uid === uid && isRecent(one, now))

/** What went without approval counts for an hour, and as long as it has not gone yet. */
function counts({ leaving, now }: Level): (one: { uid: string; at: string }) => boolean {
  const onTheWay = new Set(leaving.map(({ uid }) => uid))
  return (one) => isRecent(one, now) || onTheWay.has(one.uid)
}

function withHeld(level: Level, deletions: Omit<Deletions, 'held'>): Deletions {
  const { guard, leaving, workspace } = level
  const went = (deletions.recent ?? []).filter(counts(level))
  const waiting = leaving.filter((one) => !isAllowed(deletions, one))
  const [first] = waiting
  if (first === undefined || waiting.length + went.length <= guard) return deletions
  const upTo = waiting.reduce((latest, { since }) => later(latest, since), first.since)
  const hash = approvalHash([workspace.uid, upTo, waiting.map(({ uid }) => uid).toSorted()])
  return { ...deletions, held: { hash, upTo, reason: reasonOf(level, { waiting, went, hash }) } }
}

function reasonOf(
  { guard, workspace, approval, now }: Level,
  { waiting, went, hash }: { waiting: readonly Leaving[]; went: readonly { at: string }[]; hash: string },
): string {
  const names = waiting.map(({ name }) => name).toSorted()
  const are = waiting.length === 1 ? '1 manifest waits' : `${waiting.length} manifests wait`
  const recent = went.filter((one) => isRecent(one, now)).length
  const were = recent === 0 ? '' : ` and ${recent} went within an hour`
  const go = recent === went.length ? '' : ` and ${went.length - recent} have been on their way for longer`
  const other =
    approval === undefined
      ? ''
      : `. The approval that it carries, ${JSON.stringify(approval.slice(0, mostApproval))}, is for other deletions`
  return (
    `${are} to be deleted in Databricks${were}${go}, where ${guard} may without approval (spec.deletionGuard): ` +
    `${firstFew(names, mostNamed)}. They go on after: ${approvalOf(workspace, hash)}${other}`
  )
}

/** How somebody approves what waits. */
export const approvalOf = ({ name, namespace }: Level['workspace'], hash: string): string =>
  `kubectl annotate databricksworkspace ${name} -n ${namespace} --overwrite ${annotations.approveDeletions}=${hash}`

const isRecent = ({ at }: { at: string }, now: number): boolean => Date.parse(at) > now - counted

const isUpTo = (since: string, instant: string | undefined): boolean =>
  instant !== undefined && Date.parse(since) <= Date.parse(instant)

const later = (a: string | undefined, b: string): string => (a !== undefined && isUpTo(b, a) ? a : b)
