import type { Kind, Session } from '../kinds/kind.ts'
import { frameOf, legibleStatus, misfitOfFrame } from '../kinds/legible.ts'
import { parseSpec, type Misfit } from '../kinds/parse-spec.ts'
import type { Lane } from '../lane.ts'
import { isTooLarge, KubeError } from '../kube/kube-error.ts'
import { keyOf, type KubeObject } from '../kube/object.ts'
import type { Store } from '../kube/store.ts'
import { hasFinalizer, isDeleting } from './annotations.ts'
import { circumstancesOf } from './circumstances.ts'
import { conclude } from './conclude.ts'
import { decide } from './decide.ts'
import { deletionFailure } from './deletion-waits.ts'
import { remove } from './deletion.ts'
import type { Environment } from './environment.ts'
import { outcomeOfFailure } from './failure.ts'
import { firstObjection, isSuspended, sessionOf } from './gates.ts'
import { glance, judgeDoubt } from './glance.ts'
import { sessionFor } from './lending.ts'
import { lastAppliedOf, look } from './look.ts'
import { stalled, type Outcome } from './outcome.ts'
import { beginPass, intervalOf, sightOf, unlentAdoption, type Pass } from './pass.ts'
import { perform } from './perform.ts'
import { withRemedy, withRemedyFor } from './with-remedy.ts'
import { sentenceOfMisfit } from './sentences.ts'
import { isElsewhere } from './session.ts'
import { isWorkspaceTrouble, sentenceOfTrouble } from './workspace-trouble.ts'
import { ReplacedError } from './writer.ts'

/** One loop: a kind, the newest copies of its objects, and what all loops share. */
export interface Loop {
  kind: Kind
  store: Store<KubeObject>
  environment: Environment
}

/** Nothing is left to look at. */
const gone: Outcome = { is: 'Settled', nextCheck: Number.POSITIVE_INFINITY }

/**
 * One pass over one object. A request is only a key: the world is read again each time.
 *
 *   load → gates → look → decide → perform → conclude
 *
 * The pass ends in exactly one outcome, and the status says what it found. Dying at any line is safe: the
 * next pass starts from what is recorded. Conflicts and bugs are thrown: the queue comes back to the key.
 */
export async function reconcile(loop: Loop, key: string, lane: Lane): Promise<Outcome> {
  const object = loop.store.get(key)
  if (object === undefined) return gone
  try {
    return await passOver(object, loop, lane)
  } catch (error) {
    if (isTooLarge(error)) return withoutRoom(object, loop, error)
    throw error
  }
}

/** Nothing was done that would have had to be recorded first; where the status takes nothing, an event has to do. */
function withoutRoom(object: KubeObject, { environment }: Loop, { message }: KubeError): Outcome {
  const note = withRemedy(message, 'NoRoomForStatus')
  environment.log.warn({ object: keyOf(object), cause: message }, 'there is no room for the status')
  environment.events.record(object, {
    type: 'Warning',
    reason: 'NoRoomForStatus',
    action: 'Reconcile',
    note,
  })
  return stalled('NoRoomForStatus', note)
}

async function passOver(object: KubeObject, loop: Loop, lane: Lane): Promise<Outcome> {
  const { kind, environment } = loop
  environment.sightings.firstSeen(object.metadata.uid)
  const parsed = parseSpec(kind.definition, object.spec)
  // Deleting must work for a stored spec that no longer fits its schema; only its management is read then.
  const spec = parsed.is === 'Valid' ? parsed.spec : frameOf(kind.definition, object.spec)
  const pass = beginPass({ ...loop, lane }, object, spec)

  const { misfit } = legibleStatus(object)
  if (isDeleting(object))
    return hasFinalizer(object) ? removing(pass, misfit ?? misfitOfFrame(kind.definition, object.spec)) : gone
  if (parsed.is === 'Invalid') return pause(pass, stalled('InvalidSpec', sentenceOfMisfit(parsed)))
  if (misfit !== undefined)
    return pause(
      pass,
      stalled('StatusUnreadable', withRemedyFor(object, sentenceOfMisfit(misfit), 'StatusUnreadable')),
    )
  if (isSuspended(pass.facts)) return suspend(pass)
  const objection = firstObjection(pass.facts)
  if (objection !== undefined) return isFirstMoment(objection) ? objection : pause(pass, objection)

  const session = sessionFor(sessionOf(pass.facts.connection), pass.facts.lending)
  try {
    const glimpse = glance(pass, session)
    if (glimpse.is === 'Enough') return glimpse.outcome
    const before = lastAppliedOf(pass.facts)
    // Others of the kind find whoever wants the same entry by where he looks; before he looks, or both may miss it.
    if (kind.claims !== undefined) await pass.writer.identity({ workspaceId: session.workspaceId })
    const states = await look(kind, pass.subject(session), sightOf(pass))
    environment.memory.looked(object.metadata.uid)
    if (isElsewhere(session)) return elsewhere(pass, session)
    const unlent = unlentAdoption(pass, states, session)
    if (unlent !== undefined) return conclude(pass, { outcome: unlent, missedChecks: 0 })
    const decisions = states.map((state) => decide(state, circumstancesOf(pass, session, state.part)))
    const outcome = await perform({ pass, session, states, decisions, before })
    judgeDoubt(pass, glimpse)
    return outcome
  } catch (error) {
    return failed(pass, session, error)
  }
}

/** Right after a start no workspace has been tried: nothing to tell anybody yet. */
const isFirstMoment = (objection: Outcome): boolean =>
  objection.is === 'Waiting' && objection.reason === 'NotLookedYet'

/** Ends a pass that did not get to look. */
function pause(pass: Pass, outcome: Outcome): Promise<Outcome> {
  wakeUp(pass)
  const missedChecks = pass.environment.memory.missed(pass.facts.object.metadata.uid)
  return conclude(pass, { outcome, missedChecks })
}

function suspend(pass: Pass): Promise<Outcome> {
  wakeUp(pass)
  return conclude(pass, {
    outcome: { is: 'Settled', nextCheck: intervalOf(pass) },
    missedChecks: 0,
    suspended: true,
  })
}

/** An object that is not at rest is not listed for. */
const wakeUp = ({ environment, facts }: Pass): void => environment.sweeps.leave(facts.object.metadata.uid)

async function failed(pass: Pass, session: Session, error: unknown): Promise<Outcome> {
  const outcome = outcomeOfFailure(error, session.me)
  if (outcome === undefined) return broken(pass, error)
  if (!isWorkspaceTrouble(error)) return pause(pass, outcome)
  pass.environment.reportTrouble(pass.facts.workspaceKey, session, error.message)
  const isIts = outcome.is === 'Waiting' && outcome.reason === 'WorkspaceNotReady'
  return pause(pass, isIts ? { ...outcome, message: sentenceOfTrouble(error, pass.facts) } : outcome)
}

async function removing(pass: Pass, misfit: Misfit | undefined): Promise<Outcome> {
  wakeUp(pass)
  try {
    return await remove(pass, misfit)
  } catch (error) {
    const outcome = deletionFailure(error, pass)
    return outcome === undefined ? broken(pass, error) : pause(pass, outcome)
  }
}

/**
 * A bug of ours: the object says so and is tried again, the log has the stack. What went wrong may quote
 * anything, so the status names only its kind. The queue's own business is passed on to it.
 */
async function broken(pass: Pass, error: unknown): Promise<Outcome> {
  const { log, signal } = pass.environment
  if (signal.aborted || error instanceof KubeError || error instanceof ReplacedError) throw error
  log.error({ object: keyOf(pass.facts.object), err: error }, 'failed')
  const name = error instanceof Error ? error.name : typeof error
  return pause(pass, {
    is: 'Retry',
    reason: 'OperatorError',
    message: `the operator failed (${name}); its log says where`,
  })
}

function elsewhere(pass: Pass, session: Session): Promise<Outcome> {
  const message = `the host answers as workspace ${session.databricks.workspaceId() ?? ''} and no longer as ${session.workspaceId}; nothing is written`
  pass.environment.reportTrouble(pass.facts.workspaceKey, session, message)
  return pause(pass, stalled('WorkspaceChanged', withRemedy(message, 'WorkspaceChanged')))
}
