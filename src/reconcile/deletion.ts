import { whoAmI } from '../databricks/identity.ts'
import type { Misfit } from '../kinds/parse-spec.ts'
import type { Held } from '../kinds/status.ts'
import type { Identity, ManagedSpec, Session, Subject } from '../kinds/kind.ts'
import { settleClaims } from './claims.ts'
import { blockedCheck, withWayOut } from './deletion-waits.ts'
import { findOwn } from './find-own.ts'
import { sameWorkspace } from './gates.ts'
import { reasonToLeave } from './leaving.ts'
import { doubtOf } from './giving.ts'
import { waiting, type Outcome } from './outcome.ts'
import { conclude } from './conclude.ts'
import { finderOf, othersOf, type Pass } from './pass.ts'
import { protectionOf } from './protection.ts'
import { handOver, takeBack, tellTaken } from './take-back.ts'
import { sentenceOfMisfit } from './sentences.ts'
import { sentenceOfNotReady } from './workspace-trouble.ts'

/** An object that is gone needs no further look. */
const gone: Outcome = { is: 'Settled', nextCheck: Number.POSITIVE_INFINITY }

/** The same as `blockedCheck` where an approval wakes whoever waits. */
const guardedCheck = 10 * 60_000

/**
 * Lets an object go: first its remote side as the policy says, then our finalizer.
 * Needs no reference to be ready, and works with the last session of a workspace whose Secret is gone already.
 * `misfit` is what cannot be read of how the object is treated or of which remote object is ours: as long as there is
 * any, nothing remote is touched.
 */
export async function remove(pass: Pass, misfit: Misfit | undefined): Promise<Outcome> {
  const { facts, policy, environment, kind } = pass
  const why = reasonToLeave(facts.object, facts.spec, policy)
  if (why !== undefined) {
    await handOver(pass)
    return leave(pass, why)
  }
  // A CRD that is deleted deletes every object of its kind: nobody means all jobs in production by that.
  if (await environment.isDefinitionGoing(kind.definition.plural))
    return leave(pass, 'the CustomResourceDefinition itself is being deleted')
  if (misfit !== undefined)
    return finish(pass, waiting('DeletionWaits', withWayOut(sentenceOfMisfit(misfit), pass), blockedCheck))
  const held = await heldBack(pass)
  if (held !== undefined) {
    const outcome = waiting('DeletionWaits', held.reason, blockedCheck)
    return conclude(pass, { outcome, missedChecks: 0, held })
  }
  const { connection } = pass.facts
  const session = connection.is === 'Unchecked' ? undefined : connection.session
  const blocked = session === undefined ? withoutSession(pass) : sameWorkspace(pass.facts)
  if (session === undefined || blocked !== undefined) {
    const why = blocked === undefined || blocked.is === 'Settled' ? '' : blocked.message
    return finish(pass, waiting('DeletionWaits', withWayOut(why, pass), blockedCheck))
  }
  return removeRemote(pass, session)
}

/** Lets an object go whose remote side is left alone. */
async function leave({ facts, environment, kind, writer }: Pass, why: string): Promise<Outcome> {
  const id = facts.status.externalId
  const noun = kind.identity?.noun ?? ''
  const what = id === undefined ? 'nothing in Databricks was touched' : `${noun} ${id} was left in Databricks`
  environment.events.record(writer.object, {
    type: 'Normal',
    reason: 'Retained',
    action: 'Delete',
    note: `${why}: ${what}`,
  })
  await writer.removeFinalizer()
  return gone
}

/** What a protected manifest waits for; undefined as soon as it may go. */
async function heldBack(pass: Pass): Promise<Held | undefined> {
  const protection = protectionOf(pass)
  if (protection === undefined) return undefined
  if (protection.is === 'Held') {
    const { held } = protection
    return { ...held, reason: withWayOut(held.reason, pass) }
  }
  // Recorded before it is used, because GitOps tools remove annotations that are not in Git.
  if (protection.isNew) {
    const outcome = waiting('DeletionWaits', 'its deletion is approved and on its way')
    await conclude(pass, { outcome, missedChecks: 0, approved: protection.hash })
  }
  return undefined
}

function withoutSession({ facts }: Pass): Outcome {
  const { connection, workspaceKey, workspaceExists } = facts
  if (!workspaceExists) return waiting('DeletionWaits', `DatabricksWorkspace ${workspaceKey} does not exist`)
  return connection.is === 'NotReady'
    ? waiting('DeletionWaits', sentenceOfNotReady(workspaceKey, connection))
    : waiting('DeletionWaits', `DatabricksWorkspace ${workspaceKey} has not been checked yet`)
}

async function removeRemote(pass: Pass, session: Session): Promise<Outcome> {
  const { kind, writer } = pass
  const subject = pass.subject(session)
  // Before any call: what waits for approval costs none.
  const isAsked = isKnownToChange(pass, subject)
  const guarded = isAsked ? await askGuard(pass) : undefined
  if (guarded !== undefined) return guarded
  // Nothing else would tell before it is too late that the host leads to another workspace now.
  const { workspaceId } = await whoAmI(session.databricks)
  if (workspaceId !== session.workspaceId) {
    const why = `the host answers as workspace ${workspaceId ?? '?'}, and the object lives in ${session.workspaceId}`
    return finish(pass, waiting('DeletionWaits', withWayOut(why, pass), blockedCheck))
  }
  if (kind.claims !== undefined) {
    // Whoever was to have it next may have gone meanwhile.
    const guarded = !isAsked && isKnownToChange(pass, subject) ? await askGuard(pass) : undefined
    if (guarded !== undefined) return guarded
    const doubt = doubtOf(pass)
    const became = await takeBack(pass, subject, kind.claims)
    if (doubt !== undefined) return finish(pass, awaitingGift(doubt))
    tellTaken(pass, became)
  }
  if (kind.identity !== undefined) {
    const found = await recordedOrSearched(pass, subject, kind.identity)
    if (typeof found === 'object') return finish(pass, found)
    const guarded = found === undefined ? undefined : await askGuard(pass)
    if (guarded !== undefined) return guarded
    if (found !== undefined) await takeAway(pass, subject, { identity: kind.identity, id: found })
  }
  await writer.removeFinalizer()
  return gone
}

const awaitingGift = (doubt: number): Outcome =>
  waiting(
    'DeletionWaits',
    'privileges were given and the outcome is unknown; what comes of it is taken back when it appears',
    Math.min(blockedCheck, doubt),
  )

/** Whether it is clear without a call that something in Databricks goes. */
function isKnownToChange(pass: Pass, { session, status, externalId }: Subject): boolean {
  const { claims } = pass.kind
  if (claims === undefined) return externalId !== undefined
  return settleClaims(status.added ?? [], othersOf(pass, session), claims).revoke.length > 0
}

/** How the pass ends if too much is being deleted. */
async function askGuard(pass: Pass): Promise<Outcome | undefined> {
  const { environment, facts, writer } = pass
  const why = await environment.deletions.ask(facts.workspaceKey, writer.object)
  return why === undefined
    ? undefined
    : finish(pass, waiting('DeletionWaits', withWayOut(why, pass), guardedCheck))
}

/** Removes the remote object, or has it stand still where the policy says so. */
async function takeAway(
  { policy, environment, writer }: Pass,
  subject: Subject,
  { identity, id }: { identity: Identity<ManagedSpec>; id: string },
): Promise<void> {
  const told = { type: 'Normal', action: 'Delete' } as const
  if (policy.deletionPolicy === 'Retire') {
    if (identity.retire === undefined) throw new Error(`a ${identity.noun} cannot be retired`)
    await identity.retire(subject, id)
    const note = `retired ${identity.noun} ${id}: nothing starts it any more, and it stays with its history`
    return environment.events.record(writer.object, { ...told, reason: 'Retired', note })
  }
  await identity.remove(subject.session, id)
  const note = `deleted ${identity.noun} ${id}`
  environment.events.record(writer.object, { ...told, reason: 'Deleted', note })
}

/** The id to remove; undefined when there is none; an outcome when that cannot be said yet. */
async function recordedOrSearched(
  pass: Pass,
  subject: Subject,
  identity: Identity<ManagedSpec>,
): Promise<string | undefined | Outcome> {
  if (subject.externalId !== undefined) return subject.externalId
  const { found, unsettled } = await findOwn(finderOf(pass), subject, identity)
  if (found.is === 'One') return found.id
  if (found.is === 'Blocked') return waiting('DeletionWaits', withWayOut(found.message, pass), blockedCheck)
  if (unsettled === undefined) return undefined
  return waiting(
    'DeletionWaits',
    'a create was sent and its outcome is unknown; what it made is deleted when it appears',
    Math.min(blockedCheck, unsettled),
  )
}

const finish = (pass: Pass, outcome: Outcome): Promise<Outcome> =>
  conclude(pass, { outcome, missedChecks: 0 })
