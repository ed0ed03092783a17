import { instant } from '../clock.ts'
import { createsSentBy } from '../databricks/sent-by.ts'
import { assignAll } from '../drift/assign.ts'
import type { Difference } from '../drift/compare.ts'
import { render } from '../drift/render.ts'
import type { Rules } from '../drift/rules.ts'
import { recalledSealed, unsealed } from '../drift/sealed.ts'
import type { Value } from '../drift/value.ts'
import { withAdditions } from '../kinds/additions.ts'
import type { Found, Identity, Kind, ManagedSpec, Subject } from '../kinds/kind.ts'
import type { Claim } from '../kinds/status.ts'
import { lastAppliedOf, neverApplied } from './look.ts'
import { endow, lateWanters, settleDowry, strike, withoutClaims, yieldClaims } from './claims.ts'
import type { Decision } from './decide.ts'
import { differencesOf, recordOf } from './defaulted.ts'
import { give } from './giving.ts'
import { isWithoutEffect } from './guarded.ts'
import type { Hands } from './hands.ts'
import type { PartState } from './state.ts'
import { firstFew, sentenceOfWrite } from './sentences.ts'

/**
 * Creates the remote object so that it can be found again whatever happens in between:
 * finalizer → the intent in the status → the call → the id in the status → what is left to do → the intent goes.
 * If the call's outcome is unknown the intent stays, and the next pass looks for what it made. Whoever reads the intent
 * counts on the call being sent soon after it was written down, if at all.
 */
export async function create(
  hands: Hands,
  identity: Identity<ManagedSpec>,
  { wanted }: PartState,
): Promise<void> {
  const { subject, writer, events, clock, createsWithin } = hands
  const additions = await identity.additions(subject, wanted)
  await writer.addFinalizer()
  const recordedAt = clock.monotonic()
  await writer.intent({
    attempt: { at: instant(clock.now()), name: identity.nameOf(subject.spec), mark: subject.mark.value },
    defaults: recordOf(additions),
    externalId: undefined,
  })
  const databricks = createsSentBy(subject.session.databricks, recordedAt + createsWithin)
  const session = { ...subject.session, databricks }
  const id = await identity
    .create({ ...subject, session, status: writer.status }, withAdditions(wanted, additions), subject.mark)
    .catch(async (error: unknown) => {
      if (isWithoutEffect(error)) await writer.identity({ attempt: undefined })
      throw error
    })
  const completion = identity.completion?.(subject)
  await writer.identity({
    ...(completion === undefined ? { attempt: undefined } : {}),
    externalId: id,
    workspaceId: subject.session.workspaceId,
    origin: 'Created',
  })
  events.record(writer.object, {
    type: 'Normal',
    reason: 'Created',
    action: 'Create',
    note: `created ${identity.noun} ${id}`,
  })
  await complete(hands, identity)
}

/** Does what is left of a create whose id is recorded and whose intent still is; safe to do again. */
export async function complete(
  { subject, writer }: Pick<Hands, 'subject' | 'writer'>,
  identity: Identity<ManagedSpec>,
): Promise<void> {
  const { attempt, externalId } = writer.status
  if (attempt === undefined || externalId === undefined) return
  await identity.completion?.(subject)?.(externalId)
  await writer.identity({ attempt: undefined })
}

type Take = Pick<Decision & { is: 'TakeUp' }, 'id' | 'origin' | 'defaults'>

/** Writes down which remote object is ours. The finalizer only where we will ever write. */
export async function takeUp(
  { kind, subject, writer, events }: Hands,
  { id, origin, defaults, writes }: Take & { writes: boolean },
): Promise<void> {
  if (writes) await writer.addFinalizer()
  // An attempt that made this has not finished it.
  const isUnfinished = origin === 'Created' && kind.identity?.completion?.(subject) !== undefined
  await writer.identity({
    ...(isUnfinished ? {} : { attempt: undefined }),
    defaults,
    externalId: id,
    workspaceId: subject.session.workspaceId,
    origin,
  })
  events.record(writer.object, {
    type: 'Normal',
    reason: 'Adopted',
    action: 'TakeUp',
    note: `took up ${kind.identity?.noun ?? ''} ${id}`,
  })
}

/** What a correction left. */
export interface Corrected {
  found: Found | undefined
  remaining: Difference[]
  /** Paths that were not written because another object still wants what they would take away. */
  yielded: ReadonlySet<string>
}

interface Correcting extends PartState {
  found: Found
  /** What is written. */
  differences: Difference[]
  /** What is not, although the manifest names it: held or tolerated. */
  left: readonly Difference[]
}

/**
 * Writes the differences of one part and reads back, so that nobody calls applied what was not confirmed.
 * What a write adds to somebody else's object is recorded before it, what it took away is struck once it is seen gone.
 */
export async function correct(
  hands: Hands,
  { part, wanted, found, differences, left }: Correcting,
): Promise<Corrected> {
  const { kind, subject, writer, events, log } = hands
  await writer.addFinalizer()
  // What comes of an earlier write may still undo what is seen of this one.
  const isInDoubt = writer.status.attempt !== undefined
  const { mine, yielded } = await yieldClaims(hands, part, differences)
  const now = () => ({ ...subject, object: writer.object, status: writer.status })
  if (mine.length > 0) {
    const goal = withoutLeft(wanted, left, kind.rules)
    const others = await endowed(hands, part, mine)
    const owed = others?.dowry.claims ?? []
    const adds = kind.claims?.adding(subject, part, { found, differences: mine }) ?? []
    await give(hands, { part, claims: [...adds, ...owed] }, () =>
      kind.correct(now(), { part, wanted: goal, found, differences: mine, owed }),
    ).catch((error: unknown) => {
      if (!isWithoutEffect(error)) hands.doubted(mine)
      throw error
    })
    hands.wrote(mine)
    await others?.settle()
    if (!isInDoubt) await strike(writer, owed)
    const note = `wrote ${firstFew(mine.map(sentenceOfWrite))}`
    const reason = mine.every(({ cause }) => cause === 'SpecChanged') ? 'Updated' : 'Corrected'
    events.record(writer.object, { type: 'Normal', reason, action: kind.verb(mine), note })
    log.info({ object: nameOf(subject), difference: render(mine) }, 'corrected')
  }
  const after = await kind.observe(now(), part)
  if (after.is === 'Missing') return { found: undefined, remaining: mine, yielded }
  if (!isInDoubt) await strike(writer, takenAndGone(now(), { kind, part, after, differences: mine }))
  const memory = recalledSealed(lastAppliedOf(subject)[part], wanted, hands.keeping)
  // What may last goes on looking like ours, so that it is seen whether it does.
  const gone = mine.filter(({ lasting }) => lasting !== true)
  const applied = appliedBy(gone, memory ?? neverApplied(kind), kind.rules)
  const lastApplied = unsealed(applied, { wanted, found: after.found }, hands.keeping)
  const remaining = differencesOf(
    { wanted, found: after.found, lastApplied, rules: kind.rules },
    writer.status,
  )
  // Whoever was told to have made the drift made what is left of it, too.
  return { found: found.by === undefined ? after : { ...after, by: found.by }, remaining, yielded }
}

/** What a correction took away and is seen gone. Of anything else only the next look tells. */
function takenAndGone(
  subject: Subject,
  { kind, part, after, differences }: Pick<Correcting, 'part' | 'differences'> & { kind: Kind; after: Found },
): Claim[] {
  const { claims } = kind
  if (claims === undefined) return []
  const taken = differences.flatMap((difference) => claims.taking(subject, part, difference) ?? [])
  const gone = claims.outdated(subject, part, after)
  return withoutClaims(gone, withoutClaims(gone, taken))
}

/** What taking claims by a correction would have others lose; and what is to be seen to once they are taken. */
async function endowed(hands: Hands, part: string, differences: readonly Difference[]) {
  const { kind, subject, others, writerOf } = hands
  const { claims } = kind
  if (claims === undefined) return undefined
  const sharing = { claims, session: subject.session, others, writerOf }
  const taken = differences.flatMap((difference) => claims.taking(subject, part, difference) ?? [])
  const dowry = await endow({ taken, own: claims.wantedBy(subject.spec) }, sharing)
  const settle = () => {
    for (const object of lateWanters(taken, others(), claims)) hands.lookAgain(object)
    return settleDowry(dowry, sharing)
  }
  return { dowry, settle }
}

/** What a write may bring about: what is wanted, and what is there wherever a difference is left. */
const withoutLeft = (wanted: Value, left: readonly Difference[], rules: Rules): Value =>
  assignAll(
    wanted,
    left.map(({ path, found }) => ({ path, wanted: found })),
    rules,
  ) ?? wanted

/** What counts as last applied right after a write: otherwise what it took away would go on looking like ours. */
const appliedBy = (
  written: readonly Difference[],
  before: Value | undefined,
  rules: Rules,
): Value | undefined => (before === undefined ? undefined : assignAll(before, written, rules))

const nameOf = ({ object }: Subject): string =>
  `${object.kind} ${object.metadata.namespace ?? ''}/${object.metadata.name}`
