import { instant } from '../../clock.ts'
import { DatabricksError } from '../../databricks/errors.ts'
import { cloudOf } from '../../databricks/hosts.ts'
import { whoAmI, type Identity } from '../../databricks/identity.ts'
import { inLane } from '../../databricks/in-lane.ts'
import { parseDuration } from '../../duration.ts'
import type { EventRecorder } from '../../kube/events.ts'
import { keyOf, type KubeObject } from '../../kube/object.ts'
import type { Store } from '../../kube/store.ts'
import { annotation, hasFinalizer, isDeleting } from '../../reconcile/annotations.ts'
import { stalled, waiting, type Outcome } from '../../reconcile/outcome.ts'
import { defaultInterval } from '../../reconcile/pass.ts'
import { sentences, withRemedy } from '../../reconcile/with-remedy.ts'
import { firstFew, sentenceOfMisfit } from '../../reconcile/sentences.ts'
import { StatusWriter } from '../../reconcile/writer.ts'
import { parseSpec } from '../parse-spec.ts'
import type { Connecting } from './connecting.ts'
import { workspaceConditions } from './conditions.ts'
import type { Connections, Live } from './connections.ts'
import { credentialsTold } from './credentials-told.ts'
import { deletionsOf, type DeletionGuard } from './deletion-guard.ts'
import type { Directory } from './directory.ts'
import { reachabilityAfter } from './reachability.ts'
import {
  databricksWorkspace,
  type DatabricksWorkspaceSpec,
  type DatabricksWorkspaceStatus,
} from './schema.ts'
import { outcomeOfTrouble } from './trouble.ts'

/** What the loop of workspaces needs. */
export interface WorkspaceLoop {
  store: Store<KubeObject>
  directory: Directory
  connections: Connections
  connecting: Connecting
  deletions: Pick<DeletionGuard, 'review' | 'forget'>
  events: EventRecorder
  /** Objects that still need the workspace, as `Kind namespace/name`. */
  dependantsOf(key: string): string[]
}

/** How soon to look again for the last dependant, in milliseconds. */
const dependantCheck = 5_000

/** What a pass found; absent members keep what the status had. */
interface Found {
  outcome: Outcome
  /** Databricks itself was not asked: there was no token to ask with. */
  isUnasked?: boolean
  live?: Live
  identity?: Identity
}

/**
 * One pass over one workspace: read the Secret, ask Databricks who we are, tell the dependants.
 * It uses queue, outcomes and status as every kind does, but has nothing remote to make or correct.
 */
export async function reconcileWorkspace(loop: WorkspaceLoop, key: string): Promise<Outcome> {
  if (loop.store.get(key) !== undefined) await loop.deletions.review(key)
  // That may have made a newer copy.
  const object = loop.store.get(key)
  if (object === undefined) {
    loop.directory.delete(key)
    loop.connections.delete(key)
    loop.deletions.forget(key)
    loop.connecting.budgets.forget(key)
    return { is: 'Settled', nextCheck: Number.POSITIVE_INFINITY }
  }
  const client = loop.connecting.client
  const writer = new StatusWriter({ client, resource: databricksWorkspace, store: loop.store }, object)
  if (isDeleting(object)) return remove(loop, writer)
  // From the first pass on, so that the objects of a deleted namespace still find their way to Databricks.
  await writer.addFinalizer()
  const parsed = parseSpec(databricksWorkspace, object.spec)
  if (parsed.is === 'Invalid')
    return conclude(loop, writer, { outcome: stalled('InvalidSpec', sentenceOfMisfit(parsed)) })
  return conclude(loop, writer, await check(loop, writer, parsed.spec))
}

async function check(
  loop: WorkspaceLoop,
  { object, status }: StatusWriter,
  spec: DatabricksWorkspaceSpec,
): Promise<Found> {
  const live = loop.connections.open(loop.connecting, object, spec)
  if (live.is === 'Refused') return { outcome: stalled(live.reason, withRemedy(live.problem, live.reason)) }
  const { host } = live.databricks
  loop.connecting.budgets.agree(keyOf(object), { host, ...spec.budget })
  // Told first: the call that follows would itself wait for its turn.
  if (isNewlyThrottled(loop, { object, status }, host))
    return { live, outcome: { is: 'Settled', nextCheck: 0 } }
  try {
    await live.checkCredential()
    // Every object of the workspace waits for this answer.
    const identity = await whoAmI(inLane(live.databricks, 'edit'))
    const { workspaceId } = identity
    if (workspaceId === undefined)
      return {
        live,
        outcome: {
          is: 'Retry',
          reason: 'UnexpectedAnswer',
          message: `${live.databricks.host} did not say which workspace it is; is it a Databricks workspace?`,
        },
      }
    if (status.workspaceId !== undefined && status.workspaceId !== workspaceId)
      return {
        live,
        outcome: stalled(
          'WorkspaceChanged',
          withRemedy(
            `${live.databricks.host} now answers as workspace ${workspaceId}; it was ${status.workspaceId}`,
            'WorkspaceChanged',
          ),
        ),
      }
    return { live, identity, outcome: { is: 'Settled', nextCheck: intervalOf(spec) } }
  } catch (error) {
    const { namespace = '' } = object.metadata
    const outcome = outcomeOfTrouble(error, credentialsTold(namespace, spec.credentials))
    if (outcome === undefined) throw error
    const isUnasked = outcome.is === 'Stalled' && error instanceof DatabricksError && !error.sent
    return { live, outcome, isUnasked }
  }
}

/** Throttling began or ended since the status was written, and nothing else is known to be new. */
const isNewlyThrottled = (
  { directory, connecting }: WorkspaceLoop,
  { object, status }: Pick<StatusWriter, 'object' | 'status'>,
  host: string,
): boolean =>
  directory.get(keyOf(object)).is === 'Ready' &&
  status.observedGeneration === object.metadata.generation &&
  connecting.budgets.isThrottled(host) !== wasThrottled(status)

const wasThrottled = ({ throttling }: DatabricksWorkspaceStatus): boolean => throttling?.throttled ?? false

const intervalOf = ({ interval }: DatabricksWorkspaceSpec): number =>
  (interval === undefined ? undefined : parseDuration(interval)) ?? defaultInterval

/** Tells dependants and status. A workspace that worked is not given up for one call that failed. */
async function conclude(loop: WorkspaceLoop, writer: StatusWriter, found: Found): Promise<Outcome> {
  const key = keyOf(writer.object)
  const { outcome, identity, live } = found
  const before = loop.directory.get(key)
  const isSlow = outcome.is === 'Retry' && outcome.reason === 'Throttled'
  if (isSlow && before.is === 'Ready') {
    await reportSlow(loop, writer, found)
    return outcome
  }
  if (outcome.is === 'Retry' && before.is === 'Ready' && loop.connections.countFailure(key) === 1)
    return outcome
  if (outcome.is === 'Settled' && identity?.workspaceId !== undefined && live !== undefined) {
    loop.connections.succeeded(key)
    const session = live.sessionFor(identity.workspaceId, identity.userName)
    loop.directory.set(key, { is: 'Ready', session, interval: outcome.nextCheck })
  } else if (outcome.is !== 'Settled') {
    // The last session serves deletions only, and none may reach a workspace that is another one now.
    const session =
      before.is === 'Unchecked' || outcome.reason === 'WorkspaceChanged' ? undefined : before.session
    const { reason, message } = outcome
    loop.directory.set(key, {
      is: 'NotReady',
      reason,
      // What to apply is told once, where the credentials are.
      message: message.replace(/\n[^]*/, ''),
      ...(session === undefined ? {} : { session }),
    })
  }
  // After a restart nothing is known of the workspace any more, but its status still tells that it works.
  if (isSlow && isConnected(writer)) await reportSlow(loop, writer, found)
  else await report(loop, writer, found)
  return outcome
}

const isConnected = ({ object, status }: StatusWriter): boolean =>
  status.observedGeneration === object.metadata.generation &&
  (status.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false)

/** A workspace that works and asks us to slow down goes on working. */
const reportSlow = (loop: WorkspaceLoop, writer: StatusWriter, found: Found): Promise<void> =>
  report(loop, writer, { ...found, outcome: { is: 'Settled', nextCheck: 0 } })

async function report(
  loop: WorkspaceLoop,
  writer: StatusWriter,
  { outcome, identity, live, isUnasked }: Found,
): Promise<void> {
  const status = writer.status as DatabricksWorkspaceStatus
  const generation = writer.object.metadata.generation ?? 0
  const now = instant(loop.connecting.clock.now())
  const host = live?.databricks.host
  const isThrottled = host !== undefined && loop.connecting.budgets.isThrottled(host)
  const conditions = workspaceConditions(outcome, status.conditions ?? [], { generation, now, isThrottled })
  const handled = annotation(writer.object, 'reconcileAt') ?? status.lastHandledReconcileAt
  const next: DatabricksWorkspaceStatus = {
    observedGeneration: generation,
    conditions,
    workspaceId: identity?.workspaceId ?? status.workspaceId,
    host: host ?? status.host,
    cloud: (host === undefined ? undefined : cloudOf(host)) ?? status.cloud,
    identity: identity === undefined ? status.identity : identityOf(identity),
    reachability:
      isUnasked === true ? status.reachability : reachabilityAfter(outcome, status.reachability, now),
    throttling:
      wasThrottled(status) === isThrottled ? status.throttling : { throttled: isThrottled, since: now },
    lastHandledReconcileAt: handled,
    deletions: status.deletions,
  }
  await writer.reportAs(next)
  const before = status.conditions?.find(({ type }) => type === 'Ready')
  const after = conditions.find(({ type }) => type === 'Ready')
  if (after !== undefined && (before?.status !== after.status || before.reason !== after.reason))
    loop.events.record(writer.object, {
      type: after.reason === 'Connected' ? 'Normal' : 'Warning',
      reason: after.reason,
      action: 'Connect',
      note: after.message,
    })
}

const identityOf = ({ userName, displayName, isAdmin }: Identity) => ({
  userName,
  displayName,
  admin: isAdmin,
})

/** A workspace stays as long as something still needs it to be deleted properly. */
async function remove(loop: WorkspaceLoop, writer: StatusWriter): Promise<Outcome> {
  const gone: Outcome = { is: 'Settled', nextCheck: Number.POSITIVE_INFINITY }
  if (!hasFinalizer(writer.object)) return gone
  const key = keyOf(writer.object)
  if (loop.directory.get(key).is === 'Unchecked') await reopen(loop, writer)
  const dependants = loop.dependantsOf(key)
  if (dependants.length > 0) {
    const { held } = deletionsOf(writer.object) ?? {}
    const why = `still used by ${firstFew(dependants, 5)}`
    const text = held === undefined ? withRemedy(why, 'DependantsRemain') : sentences(why, held.reason)
    const outcome = waiting('DependantsRemain', text, dependantCheck)
    await report(loop, writer, { outcome })
    return outcome
  }
  await writer.removeFinalizer()
  return gone
}

/** After a restart in the middle of a deletion, the connection is made again if that is still possible. */
async function reopen(loop: WorkspaceLoop, writer: StatusWriter): Promise<void> {
  const parsed = parseSpec(databricksWorkspace, writer.object.spec)
  if (parsed.is === 'Valid') await conclude(loop, writer, await check(loop, writer, parsed.spec))
}
