import type { Clock } from '../clock.ts'
import type { Condition, Status } from '../kinds/status.ts'
import { keyOf, type KubeObject } from '../kube/object.ts'
import type { Store } from '../kube/store.ts'
import { reasons } from '../reconcile/reasons.ts'
import { workspaceKeyOf } from '../reconcile/workspace-key.ts'
import { statusOf } from '../reconcile/writer.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import type { Population } from './dependants.ts'

/** Where objects can be seen. */
interface Sources {
  clock: Clock
  /** What works, while we lead. */
  work: () => object | undefined
  workspaces: { kind: string; store: Store<KubeObject> }
  populations: readonly Population[]
}

/**
 * Has the objects counted whenever somebody asks for the metrics. Who only stands by tells of none: with those that the
 * leader tells of they would count twice.
 */
export function countObjects(metrics: Metrics, { clock, work, workspaces, populations }: Sources): void {
  const isThere = (manifest: string) => workspaces.store.get(manifest) !== undefined
  const dependants = (): Group[] =>
    work() === undefined
      ? []
      : populations.map(({ kind, store }) => ({
          kind: kind.definition.kind,
          objects: store,
          manifestOf: (object) => manifestOf(object, isThere),
        }))
  const all = (): Group[] =>
    work() === undefined
      ? []
      : [{ kind: workspaces.kind, objects: workspaces.store, manifestOf: keyOf }, ...dependants()]
  metrics.gauge('lakeward_objects', () => tally(dependants(), () => true))
  metrics.gauge('lakeward_objects_not_ready', () => tallyByReason(all(), unreadiness))
  metrics.gauge('lakeward_objects_stalled', () => tallyByReason(all(), stall))
  metrics.gauge('lakeward_objects_unhealthy', () => tallyByReason(dependants(), illness))
  metrics.gauge('lakeward_objects_drifted', () => tally(dependants(), hasDrifted))
  metrics.gauge('lakeward_objects_held', () => tally(dependants(), ({ held }) => held !== undefined))
  metrics.gauge('lakeward_objects_held_age_seconds', () => heldAges(dependants(), clock.now()))
  metrics.gauge('lakeward_objects_deletion_waits', () => tally(dependants(), waitsToGo))
}

/** The objects of one kind. */
interface Group {
  kind: string
  objects: Pick<Store<KubeObject>, 'values'>
  readonly manifestOf: (object: KubeObject) => string
}

/** Anybody can refer to a thousand workspaces that do not exist; whoever counts must not keep a row for each. */
function manifestOf(object: KubeObject, isThere: (manifest: string) => boolean): string {
  const manifest = workspaceKeyOf(object, object.spec)
  return isThere(manifest) ? manifest : 'none'
}

const conditionOf = ({ conditions }: Status, type: string): Condition | undefined =>
  conditions?.find((condition) => condition.type === type)

const hasDrifted = (status: Status): boolean => conditionOf(status, 'Drifted')?.status === 'True'

const waitsToGo = (status: Status): boolean => conditionOf(status, 'Reconciling')?.reason === 'DeletionWaits'

/** Why an object is not Ready, if it is not. */
function unreadiness(status: Status): string | undefined {
  const ready = conditionOf(status, 'Ready')
  if (ready === undefined) return 'NotLookedYet'
  return ready.status === 'True' ? undefined : ready.reason
}

/** Why only a person can help, if so. */
function stall(status: Status): string | undefined {
  const stalled = conditionOf(status, 'Stalled')
  return stalled?.status === 'True' ? stalled.reason : undefined
}

/** Why an object does not hold what it promises, where that is known. */
function illness(status: Status): string | undefined {
  const healthy = conditionOf(status, 'Healthy')
  return healthy?.status === 'False' ? healthy.reason : undefined
}

type RowOfManifest = readonly [{ kind: string; manifest: string }, number]
type RowOfReason = readonly [{ kind: string; manifest: string; reason: string }, number]

/** How many objects of each kind in each workspace are so; 0 where there are any at all. */
function* tally(groups: readonly Group[], isSo: (status: Status) => boolean): Generator<RowOfManifest> {
  for (const { kind, objects, manifestOf } of groups) {
    const counts = new Map<string, number>()
    for (const object of objects.values()) {
      const manifest = manifestOf(object)
      counts.set(manifest, (counts.get(manifest) ?? 0) + Number(isSo(statusOf(object))))
    }
    for (const [manifest, count] of counts) yield [{ kind, manifest }, count]
  }
}

/** The same by why they are so; no row for what none is. */
function* tallyByReason(
  groups: readonly Group[],
  why: (status: Status) => string | undefined,
): Generator<RowOfReason> {
  for (const { kind, objects, manifestOf } of groups) {
    const counts = new Map<string, { manifest: string; reason: string; count: number }>()
    for (const object of objects.values()) {
      const given = why(statusOf(object))
      if (given === undefined) continue
      const [manifest, reason] = [manifestOf(object), listed(given)]
      const row = counts.get(`${manifest} ${reason}`) ?? { manifest, reason, count: 0 }
      counts.set(`${manifest} ${reason}`, { ...row, count: row.count + 1 })
    }
    for (const { count, ...labels } of counts.values()) yield [{ kind, ...labels }, count]
  }
}

/** A status can be written by hand, or by another version: whatever stands there must not become a row of its own. */
const listed = (reason: string): string => (Object.hasOwn(reasons, reason) ? reason : 'Other')

/** How many seconds the oldest held change of each kind in each workspace has been seen. */
function* heldAges(groups: readonly Group[], now: number): Generator<RowOfManifest> {
  for (const { kind, objects, manifestOf } of groups) {
    const oldest = new Map<string, number>()
    for (const object of objects.values()) {
      const { held } = statusOf(object)
      if (held === undefined) continue
      const since = Date.parse(held.since)
      const manifest = manifestOf(object)
      oldest.set(manifest, Math.min(oldest.get(manifest) ?? since, since))
    }
    for (const [manifest, since] of oldest) yield [{ kind, manifest }, Math.max(0, now - since) / 1_000]
  }
}
