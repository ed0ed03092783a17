import { isDeepStrictEqual } from 'node:util'
import type { Clock } from '../../clock.ts'
import type { KubeClient } from '../../kube/client.ts'
import type { EventRecorder } from '../../kube/events.ts'
import { keyOf, type KubeObject } from '../../kube/object.ts'
import type { Store } from '../../kube/store.ts'
import { annotation } from '../../reconcile/annotations.ts'
import { isConflict, StatusWriter } from '../../reconcile/writer.ts'
import {
  allowed,
  approvalOf,
  isAllowed,
  isOnRecord,
  settled,
  type Leaving,
  type Level,
} from './deletion-level.ts'
import { legibleStatus } from '../legible.ts'
import { usualDeletionGuard, type Deletions } from './deletions.ts'
import { databricksWorkspace, type DatabricksWorkspaceStatus } from './schema.ts'
import { termsOf } from './terms.ts'

interface Means {
  client: KubeClient
  /** The workspaces. */
  store: Store<KubeObject>
  /** What of a workspace waits to be deleted in Databricks, of all kinds, as far as is known. */
  leaving: (workspaceKey: string) => Leaving[]
  /** Has a workspace reviewed after so many milliseconds; asked more than once, once. */
  reviewLater: (workspaceKey: string, milliseconds: number) => void
  events: EventRecorder
  clock: Clock
}

/** Milliseconds in which the level is not judged again while deletions are held. */
const judgedFor = 10_000

/** How often a decision that lost a race is taken anew. */
const tries = 5

/** That deletions of a workspace are held, as was found when all were counted. */
interface Judgement {
  uid: string
  at: number
  guard: number
  waiting: ReadonlySet<string>
}

/**
 * Keeps an accident from deleting everything: a namespace, a folder that a GitOps tool does not find any more.
 *
 * - What goes without approval stands in the status of its workspace before it goes, so that no restart starts the
 *   count anew. One that is tried again counts once.
 * - One question of a workspace is answered after the other, on the newest copy of the workspace: two never both take
 *   the last place.
 * - Of thousands that wait each asks, and they are counted now and then: whoever comes meanwhile waits with the others,
 *   and stands among them a few seconds later.
 * - What waits is shown in the status of the workspace, with the hash that lets it go, and told by one event.
 */
export class DeletionGuard {
  readonly #means: Means
  /** The last question of each workspace. */
  readonly #turns = new Map<string, Promise<unknown>>()
  /** When the level of a workspace was judged last, and who waits since: thousands may, and each asks. */
  readonly #judged = new Map<string, Judgement>()

  constructor(means: Means) {
    this.#means = means
  }

  /** Why the remote side of a deleted object may not go yet; undefined: it may. */
  ask(workspaceKey: string, object: KubeObject): Promise<string | undefined> {
    return this.#inTurn(workspaceKey, () => this.#decide(workspaceKey, leavingOf(object)))
  }

  /** Brings the workspace's status up to date: what it says of deletions, and an approval that it has got. */
  async review(workspaceKey: string): Promise<void> {
    await this.#inTurn(workspaceKey, () => this.#decide(workspaceKey))
  }

  /** The workspace is gone. */
  forget(workspaceKey: string): void {
    this.#judged.delete(workspaceKey)
  }

  #inTurn<T>(workspaceKey: string, answer: () => Promise<T>): Promise<T> {
    const turn = (this.#turns.get(workspaceKey) ?? Promise.resolve()).then(answer)
    // Who comes next does not fail by it.
    const leave = () => {
      if (this.#turns.get(workspaceKey) === over) this.#turns.delete(workspaceKey)
    }
    const over: Promise<unknown> = turn.then(leave, leave)
    this.#turns.set(workspaceKey, over)
    return turn
  }

  async #decide(workspaceKey: string, asking?: Leaving): Promise<string | undefined> {
    for (let tried = 1; ; tried += 1) {
      const workspace = this.#means.store.get(workspaceKey)
      if (workspace === undefined) return `DatabricksWorkspace ${workspaceKey} does not exist`
      const known = asking === undefined ? undefined : this.#known(workspaceKey, workspace, asking)
      if (known !== undefined) return known.why
      const level = this.#levelOf(workspace, asking)
      const now = settled(level)
      const isFree = asking !== undefined && (isAllowed(now, asking) || now.held === undefined)
      const next = isFree && !isOnRecord(now, asking, level.now) ? allowed(level, now, asking.uid) : now
      try {
        await this.#record(workspace, level.deletions, next)
      } catch (error) {
        // The newest copy is in the store by now.
        if (isConflict(error) && tried < tries) continue
        throw error
      }
      if (isFree || now.held === undefined) return undefined
      this.#remember(workspaceKey, level, now)
      return sentenceOf(level, now.held.hash)
    }
  }

  #remember(workspaceKey: string, { workspace, guard, leaving }: Level, deletions: Deletions): void {
    const waiting = new Set(leaving.filter((one) => !isAllowed(deletions, one)).map(({ uid }) => uid))
    this.#judged.set(workspaceKey, { uid: workspace.uid, at: this.#means.clock.monotonic(), guard, waiting })
  }

  /** The answer that needs no counting: what may go stands in the status, or all was counted a moment ago. */
  #known(
    workspaceKey: string,
    workspace: KubeObject,
    asking: Leaving,
  ): { why: string | undefined } | undefined {
    const { clock, reviewLater } = this.#means
    const deletions = deletionsOf(workspace) ?? {}
    if (isOnRecord(deletions, asking, clock.now())) return { why: undefined }
    const judged = this.#judged.get(workspaceKey)
    const { held } = deletions
    if (judged === undefined || held === undefined || isAllowed(deletions, asking)) return undefined
    const place = placeOf(workspace)
    const left = judged.at + judgedFor - clock.monotonic()
    const isApproved = annotation(workspace, 'approveDeletions') === held.hash
    if (left < 0 || isApproved || judged.guard !== place.guard || judged.uid !== place.workspace.uid)
      return undefined
    if (!judged.waiting.has(asking.uid)) reviewLater(workspaceKey, left + 1)
    return { why: sentenceOf(place, held.hash) }
  }

  #levelOf(workspace: KubeObject, asking: Leaving | undefined): Level {
    const { leaving, clock } = this.#means
    // Who asks knows best whether he waits.
    const others = leaving(keyOf(workspace)).filter((one) => one.uid !== asking?.uid)
    return {
      ...placeOf(workspace),
      leaving: asking === undefined ? others : [...others, asking],
      deletions: deletionsOf(workspace) ?? {},
      approval: annotation(workspace, 'approveDeletions'),
      now: clock.now(),
    }
  }

  async #record(workspace: KubeObject, before: Deletions, after: Deletions): Promise<void> {
    if (isDeepStrictEqual(before, after)) return
    const { client, store, events } = this.#means
    const writer = new StatusWriter({ client, resource: databricksWorkspace, store }, workspace)
    const deletions = Object.keys(after).length === 0 ? undefined : after
    await writer.reportAs({ ...writer.status, deletions })
    const tell = (type: 'Normal' | 'Warning', reason: string, note: string) =>
      events.record(writer.object, { type, reason, action: 'Delete', note })
    if (after.approvedUpTo !== undefined && after.approvedUpTo !== before.approvedUpTo)
      tell(
        'Normal',
        'DeletionsApproved',
        `deletions that were asked for until ${after.approvedUpTo} go on in Databricks`,
      )
    if (after.held !== undefined && before.held === undefined)
      tell('Warning', 'DeletionsHeld', after.held.reason)
  }
}

type Place = Pick<Level, 'workspace' | 'guard'>

const placeOf = (workspace: KubeObject): Place => {
  const { uid, name, namespace = '' } = workspace.metadata
  const { deletionGuard = usualDeletionGuard } = termsOf(workspace)
  return { workspace: { uid, name, namespace }, guard: deletionGuard }
}

/** What an object that waits says; the names of the others stand with the workspace. */
function sentenceOf({ workspace, guard }: Place, hash: string): string {
  const key = `${workspace.namespace}/${workspace.name}`
  return (
    `more than ${guard} manifests of DatabricksWorkspace ${key} wait to be deleted in Databricks or were within an hour ` +
    `(spec.deletionGuard; its status.deletions names them). All go on after: ${approvalOf(workspace, hash)}`
  )
}

/** A deleted manifest, as the guard counts it. */
export function leavingOf({ kind, metadata }: KubeObject): Leaving {
  const { uid, namespace = '', name, deletionTimestamp = '' } = metadata
  return { uid, name: `${kind} ${namespace}/${name}`, since: deletionTimestamp }
}

/** What the status of a workspace says of deletions. */
export const deletionsOf = (workspace: KubeObject): Deletions | undefined =>
  (legibleStatus(workspace).status as DatabricksWorkspaceStatus).deletions
