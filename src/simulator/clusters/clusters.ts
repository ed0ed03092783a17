import { entryFor } from '../access/object-permissions.ts'
import { invalidParameter, invalidState, permissionDenied, Refusal } from '../http/refusal.ts'
import type { Parts } from '../parts.ts'
import type { Principal } from '../principals.ts'
import { restoreAll, snapshotOfList, snapshotOfMap, snapshotOfRecords, type Restore } from '../snapshot.ts'
import { checkSpec, checkWorkers } from './check-spec.ts'
import { stateTitle, type Cluster, type ClusterState, type TerminationReason } from './cluster.ts'
import { attributesOf, editDetails } from './events.ts'
import { sizeOf, type ClusterSpec, type Size } from './spec.ts'
import { enter, isPurged, record, settle, terminate } from './state-machine.ts'

const searching = 'Finding instances for new nodes, acquiring more instances if necessary'
const mostPins = 100

/** What somebody wants to do with a cluster, as the permission levels divide it. */
type Right = 'attach' | 'restart' | 'manage'

const levels: Readonly<Record<Right, readonly string[]>> = {
  attach: ['CAN_ATTACH_TO', 'CAN_RESTART', 'CAN_MANAGE'],
  restart: ['CAN_RESTART', 'CAN_MANAGE'],
  manage: ['CAN_MANAGE'],
}

/** The clusters of the workspace and what can be done with them. */
export class Clusters {
  readonly #parts: Parts
  readonly #clusters = new Map<string, Cluster>()
  readonly #idsByToken = new Map<string, string>()
  readonly #startFailures: TerminationReason[] = []

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** Makes a cluster, which starts at once. */
  create(
    spec: ClusterSpec,
    by: { caller: Principal; source: 'API' | 'UI'; token: string | undefined },
  ): Cluster | Refusal {
    const active = this.#activeWithToken(by.token)
    if (active !== undefined) return active
    const refusal = checkSpec(spec)
    if (refusal !== undefined) return refusal
    const now = this.#parts.clock.now()
    const cluster: Cluster = {
      id: this.#newId(now),
      creator: by.caller.name,
      source: by.source,
      spec,
      size: sizeOf(spec),
      state: 'PENDING',
      since: now,
      message: searching,
      startedAt: now,
      restartedAt: undefined,
      terminatedAt: undefined,
      activeAt: undefined,
      terminationReason: undefined,
      startFailure: this.#startFailures.shift(),
      contextId: 0n,
      pinnedBy: undefined,
      unpinnedAt: undefined,
      events: [],
    }
    this.#clusters.set(cluster.id, cluster)
    if (by.token !== undefined) this.#idsByToken.set(by.token, cluster.id)
    this.#parts.permissions.set(`/clusters/${cluster.id}`, [entryFor(by.caller, 'CAN_MANAGE')])
    const details = { user: by.caller.name, cluster_size: cluster.size, attributes: attributesOf(spec) }
    record(cluster, 'CREATING', { at: now, details })
    return cluster
  }

  /** A cluster as it is now, for somebody who may do this with it. */
  open({ id, caller, right }: { id: string; caller: Principal; right: Right }): Cluster | Refusal {
    const cluster = this.#clusters.get(id)
    const now = this.#parts.clock.now()
    if (cluster === undefined) return this.#missing(id)
    settle(cluster, now, this.#parts.random)
    if (isPurged(cluster, now)) {
      return invalidState(
        `Cannot access cluster ${id} that was terminated or unpinned more than 30 days ago.`,
      )
    }
    if (this.#parts.permissions.allows(caller, `/clusters/${id}`, levels[right])) return cluster
    return permissionDenied(`User ${caller.name} does not have ${right} permissions on cluster ${id}`)
  }

  /** All clusters that the caller can see, brought up to date. */
  visibleTo(caller: Principal): Cluster[] {
    const now = this.#parts.clock.now()
    return [...this.#clusters.values()].filter((cluster) => {
      settle(cluster, now, this.#parts.random)
      const visible = this.#parts.permissions.allows(caller, `/clusters/${cluster.id}`, levels.attach)
      return visible && !isPurged(cluster, now)
    })
  }

  /** Puts new settings in the place of the old ones. A running cluster restarts, whether or not they differ. */
  edit(cluster: Cluster, settings: { spec: ClusterSpec; size: Size }, by: Principal): Refusal | undefined {
    const refusal = this.#refuseUnless(cluster, ['RUNNING', 'TERMINATED']) ?? checkSpec(settings.spec)
    if (refusal !== undefined) return refusal
    record(cluster, 'EDITED', {
      at: this.#parts.clock.now(),
      details: editDetails(by.name, cluster, settings),
    })
    cluster.spec = settings.spec
    cluster.size = settings.size
    if (cluster.state === 'RUNNING') this.#restart(cluster, by)
    return undefined
  }

  /** Changes the number of workers of a running cluster without a restart. */
  resize(cluster: Cluster, size: Size, by: Principal): Refusal | undefined {
    const { switches, clock } = this.#parts
    const states: ClusterState[] = switches.refuseResizeWhileResizing ? ['RUNNING'] : ['RUNNING', 'RESIZING']
    const refusal = this.#refuseUnless(cluster, states) ?? checkWorkers(size)
    if (refusal !== undefined) return refusal
    if (size.num_workers === undefined && size.autoscale === undefined) {
      return invalidParameter('Missing required field: size')
    }
    const now = clock.now()
    const details = {
      user: by.name,
      cause: 'USER_REQUEST',
      previous_cluster_size: cluster.size,
      cluster_size: sizeOf(size),
    }
    record(cluster, 'RESIZING', { at: now, details })
    cluster.size = sizeOf(size)
    if (switches.resizeChangesSpec) {
      const { num_workers: _workers, autoscale: _autoscale, ...rest } = cluster.spec
      cluster.spec = { ...rest, ...sizeOf(size) }
    }
    enter(cluster, 'RESIZING', { at: now, message: searching })
    return undefined
  }

  /** Starts a terminated cluster with its id, settings and size. In any other state that is an error. */
  start(cluster: Cluster, by: Principal): Refusal | undefined {
    const refusal = this.#refuseUnless(cluster, ['TERMINATED'])
    if (refusal !== undefined) return refusal
    const now = this.#parts.clock.now()
    enter(cluster, 'PENDING', { at: now, message: searching })
    cluster.startedAt = now
    cluster.terminatedAt = undefined
    cluster.terminationReason = undefined
    cluster.startFailure = this.#startFailures.shift()
    record(cluster, 'STARTING', { at: now, details: { user: by.name, cluster_size: cluster.size } })
    return undefined
  }

  /** Restarts a running cluster. */
  restart(cluster: Cluster, by: Principal): Refusal | undefined {
    if (cluster.state === 'RUNNING') return this.#restart(cluster, by)
    const lenient = this.#parts.switches.restartWhenNotRunning === 'Nothing'
    return lenient ? undefined : this.#refuseUnless(cluster, ['RUNNING'])
  }

  /** Takes a cluster down and keeps it; nothing happens if it is down or going down. */
  terminate(cluster: Cluster, by: Principal): void {
    if (cluster.state === 'TERMINATING' || cluster.state === 'TERMINATED') return
    const reason = { code: 'USER_REQUEST', type: 'SUCCESS', parameters: { username: by.name } } as const
    terminate(cluster, this.#parts.clock.now(), { reason, message: `Terminated by ${by.name}` })
  }

  /** Forgets a cluster in whatever state it is. A pinned one is protected. */
  forget(cluster: Cluster): Refusal | undefined {
    if (cluster.pinnedBy !== undefined) {
      return invalidParameter(`Cluster ${cluster.id} is pinned. Please unpin the cluster first.`)
    }
    this.#clusters.delete(cluster.id)
    this.#parts.permissions.forget(`/clusters/${cluster.id}`)
    return undefined
  }

  /** Keeps a cluster from being forgotten 30 days after its end. */
  pin(cluster: Cluster, by: Principal): Refusal | undefined {
    if (cluster.pinnedBy !== undefined) return undefined
    const pins = this.#clusters.values().filter(({ pinnedBy }) => pinnedBy !== undefined)
    if (pins.toArray().length >= mostPins)
      return invalidParameter(`At most ${mostPins} clusters can be pinned.`)
    cluster.pinnedBy = by.id
    record(cluster, 'PINNED', { at: this.#parts.clock.now(), details: { user: by.name } })
    return undefined
  }

  /** Takes the pin away; the 30 days begin now. */
  unpin(cluster: Cluster, by: Principal): void {
    if (cluster.pinnedBy === undefined) return
    cluster.pinnedBy = undefined
    cluster.unpinnedAt = this.#parts.clock.now()
    record(cluster, 'UNPINNED', { at: cluster.unpinnedAt, details: { user: by.name } })
  }

  /** Lets the next start that anybody asks for end in failure. */
  failNextStart(reason: TerminationReason): void {
    this.#startFailures.push(reason)
  }

  snapshot(): Restore {
    return restoreAll([
      snapshotOfRecords(this.#clusters),
      snapshotOfMap(this.#idsByToken),
      snapshotOfList(this.#startFailures),
    ])
  }

  #restart(cluster: Cluster, by: Principal): undefined {
    const now = this.#parts.clock.now()
    enter(cluster, 'RESTARTING', { at: now, message: 'Restarting the cluster' })
    cluster.restartedAt = now
    record(cluster, 'RESTARTING', { at: now, details: { user: by.name } })
  }

  #refuseUnless({ id, state }: Cluster, states: readonly ClusterState[]): Refusal | undefined {
    if (states.includes(state)) return undefined
    return invalidState(`Cluster ${id} is in unexpected state ${stateTitle(state)}.`)
  }

  #missing(id: string): Refusal {
    const code = this.#parts.switches.missingObject
    const status = code === 'INVALID_PARAMETER_VALUE' ? 400 : 404
    return new Refusal(status, code, { message: `Cluster ${id} does not exist` })
  }

  #activeWithToken(token: string | undefined): Cluster | undefined {
    if (token === undefined || this.#parts.switches.clusterIdempotencyToken === 'Ignored') return undefined
    const cluster = this.#clusters.get(this.#idsByToken.get(token) ?? '')
    if (cluster === undefined) return undefined
    settle(cluster, this.#parts.clock.now(), this.#parts.random)
    return cluster.state === 'TERMINATED' || cluster.state === 'TERMINATING' ? undefined : cluster
  }

  #newId(now: number): string {
    const [, month, day, hour, minute, second] = new Date(now).toISOString().split(/[-T:.]/)
    return `${month}${day}-${hour}${minute}${second}-${this.#parts.random.text(8)}`
  }
}
