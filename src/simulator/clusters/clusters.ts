import { entryFor } from '../access/object-permissions.ts'
import { invalidParameter, invalidState, isRefusal, permissionDenied, Refusal } from '../http/refusal.ts'
import type { Parts } from '../parts.ts'
import type { Principal } from '../principals.ts'
import { restoreAll, snapshotOfList, snapshotOfMap, type Restore } from '../snapshot.ts'
import { checkSpec, checkWorkers } from './check-spec.ts'
import { isManaged, stateTitle, type Cluster, type ClusterState, type TerminationReason } from './cluster.ts'
import { attributesOf, editDetails, resizeDetails } from './events.ts'
import { sizeOf, type ClusterSpec, type Size } from './spec.ts'
import { Roster } from './roster.ts'
import type { Walk } from './shelves.ts'
import { enter, isPurged, record, terminate } from './state-machine.ts'

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
  readonly #roster: Roster
  readonly #idsByToken = new Map<string, string>()
  readonly #startFailures: TerminationReason[] = []

  constructor(parts: Parts) {
    this.#parts = parts
    this.#roster = new Roster(parts)
  }

  /** The settings that a spec leads to; or why no cluster can be made from it. */
  admit(spec: ClusterSpec): ClusterSpec | Refusal {
    return checkSpec(spec, this.#parts.switches) ?? spec
  }

  /** Makes a cluster, which starts at once. */
  create(
    spec: ClusterSpec,
    by: { caller: Principal; source: 'API' | 'UI'; token: string | undefined },
  ): Cluster | Refusal {
    const active = this.#activeWithToken(by.token)
    if (active !== undefined) return active
    const settings = this.admit(spec)
    if (isRefusal(settings)) return settings
    const now = this.#parts.clock.now()
    const cluster: Cluster = {
      id: this.#newId(now),
      creator: by.caller.name,
      source: by.source,
      givenName: undefined,
      spec,
      settings,
      size: sizeOf(settings),
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
    this.#roster.add([cluster])
    if (by.token !== undefined) this.#idsByToken.set(by.token, cluster.id)
    this.#parts.permissions.set(`/clusters/${cluster.id}`, [entryFor(by.caller, 'CAN_MANAGE')])
    const details = { user: by.caller.name, cluster_size: cluster.size, attributes: attributesOf(spec) }
    record(cluster, 'CREATING', { at: now, details })
    return cluster
  }

  /** A cluster as it is now, for somebody who may do this with it. */
  open({ id, caller, right }: { id: string; caller: Principal; right: Right }): Cluster | Refusal {
    const cluster = this.#roster.find(id)
    if (cluster === undefined) return this.#missing(id)
    if (isPurged(cluster, this.#parts.clock.now())) {
      return invalidState(
        `Cannot access cluster ${id} that was terminated or unpinned more than 30 days ago.`,
      )
    }
    if (this.#parts.permissions.allows(caller, `/clusters/${id}`, levels[right])) return cluster
    return permissionDenied(`User ${caller.name} does not have ${right} permissions on cluster ${id}`)
  }

  /** The clusters of a walk that the caller can see. */
  *visibleTo(caller: Principal, walk: Walk): Generator<Cluster> {
    for (const cluster of this.#roster.walk(walk)) {
      if (this.#parts.permissions.allows(caller, `/clusters/${cluster.id}`, levels.attach)) yield cluster
    }
  }

  /** Puts new settings in the place of the old ones. A running cluster restarts, whether or not they differ. */
  edit(cluster: Cluster, settings: { spec: ClusterSpec; size: Size }, by: Principal): Refusal | undefined {
    const refusal = refuseManaged(cluster, 'edited') ?? this.#refuseUnless(cluster, ['RUNNING', 'TERMINATED'])
    if (refusal !== undefined) return refusal
    const admitted = this.admit(settings.spec)
    if (isRefusal(admitted)) return admitted
    this.#roster.change(cluster, () => {
      const details = editDetails(by.name, cluster, settings)
      record(cluster, 'EDITED', { at: this.#parts.clock.now(), details })
      cluster.spec = settings.spec
      cluster.settings = admitted
      cluster.size = settings.size
      if (cluster.state === 'RUNNING') this.#restart(cluster, by)
    })
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
    const at = clock.now()
    const details = resizeDetails(by.name, cluster.size, sizeOf(size))
    this.#roster.change(cluster, () => {
      record(cluster, 'RESIZING', { at, details })
      cluster.size = sizeOf(size)
      if (switches.resizeChangesSpec) {
        const { num_workers: _workers, autoscale: _autoscale, ...rest } = cluster.spec
        cluster.spec = { ...rest, ...sizeOf(size) }
      }
      enter(cluster, 'RESIZING', { at, message: searching })
    })
    return undefined
  }

  /** Starts a terminated cluster with its id, settings and size. In any other state that is an error. */
  start(cluster: Cluster, by: Principal): Refusal | undefined {
    const refusal = refuseManaged(cluster, 'started') ?? this.#refuseUnless(cluster, ['TERMINATED'])
    if (refusal !== undefined) return refusal
    const at = this.#parts.clock.now()
    this.#roster.change(cluster, () => {
      enter(cluster, 'PENDING', { at, message: searching })
      cluster.startedAt = at
      cluster.terminatedAt = undefined
      cluster.terminationReason = undefined
      cluster.startFailure = this.#startFailures.shift()
      record(cluster, 'STARTING', { at, details: { user: by.name, cluster_size: cluster.size } })
    })
    return undefined
  }

  /** Restarts a running cluster. */
  restart(cluster: Cluster, by: Principal): Refusal | undefined {
    if (cluster.state === 'RUNNING') {
      this.#roster.change(cluster, () => this.#restart(cluster, by))
      return undefined
    }
    const lenient = this.#parts.switches.restartWhenNotRunning === 'Nothing'
    return lenient ? undefined : this.#refuseUnless(cluster, ['RUNNING'])
  }

  /** Takes a cluster down and keeps it; nothing happens if it is down or going down. */
  terminate(cluster: Cluster, by: Principal): void {
    if (cluster.state === 'TERMINATING' || cluster.state === 'TERMINATED') return
    const reason = { code: 'USER_REQUEST', type: 'SUCCESS', parameters: { username: by.name } } as const
    const message = `Terminated by ${by.name}`
    this.#roster.change(cluster, () => terminate(cluster, this.#parts.clock.now(), { reason, message }))
  }

  /** Forgets a cluster in whatever state it is. A pinned one is protected. */
  forget(cluster: Cluster): Refusal | undefined {
    if (cluster.pinnedBy !== undefined) {
      return invalidParameter(`Cluster ${cluster.id} is pinned. Please unpin the cluster first.`)
    }
    this.#roster.remove(cluster)
    this.#parts.permissions.forget(`/clusters/${cluster.id}`)
    return undefined
  }

  /** Gives a terminated cluster to somebody else, who manages it from now on. */
  changeOwner(cluster: Cluster, name: string): Refusal | undefined {
    const refusal = this.#refuseUnless(cluster, ['TERMINATED'])
    if (refusal !== undefined) return refusal
    const owner = this.#parts.principals.named(name)
    if (owner === undefined || owner.kind === 'group') {
      return invalidParameter(`The owner '${name}' is no user or service principal of this workspace.`)
    }
    const object = `/clusters/${cluster.id}`
    const others = this.#parts.permissions.of(object).filter((entry) => entry.principalId !== owner.id)
    this.#parts.permissions.set(object, [...others, entryFor(owner, 'CAN_MANAGE')])
    cluster.creator = owner.name
    return undefined
  }

  /** Keeps a cluster from being forgotten 30 days after its end. */
  pin(cluster: Cluster, by: Principal): Refusal | undefined {
    if (cluster.pinnedBy !== undefined) return undefined
    if (this.#roster.pinned() >= mostPins)
      return invalidParameter(`At most ${mostPins} clusters can be pinned.`)
    this.#roster.change(cluster, () => {
      cluster.pinnedBy = by.id
      record(cluster, 'PINNED', { at: this.#parts.clock.now(), details: { user: by.name } })
    })
    return undefined
  }

  /** Takes the pin away; the 30 days begin now. */
  unpin(cluster: Cluster, by: Principal): void {
    if (cluster.pinnedBy === undefined) return
    const at = this.#parts.clock.now()
    this.#roster.change(cluster, () => {
      cluster.pinnedBy = undefined
      cluster.unpinnedAt = at
      record(cluster, 'UNPINNED', { at, details: { user: by.name } })
    })
  }

  /** Lets the next start that anybody asks for end in failure. */
  failNextStart(reason: TerminationReason): void {
    this.#startFailures.push(reason)
  }

  snapshot(): Restore {
    return restoreAll([
      this.#roster.snapshot(),
      snapshotOfMap(this.#idsByToken),
      snapshotOfList(this.#startFailures),
    ])
  }

  #restart(cluster: Cluster, by: Principal): void {
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
    const cluster = this.#roster.find(this.#idsByToken.get(token) ?? '')
    if (cluster === undefined) return undefined
    return cluster.state === 'TERMINATED' || cluster.state === 'TERMINATING' ? undefined : cluster
  }

  #newId(now: number): string {
    const [, month, day, hour, minute, second] = new Date(now).toISOString().split(/[-T:.]/)
    return `${month}${day}-${hour}${minute}${second}-${this.#parts.random.text(8)}`
  }
}

const refuseManaged = (cluster: Cluster, verb: 'edited' | 'started'): Refusal | undefined =>
  isManaged(cluster)
    ? invalidParameter(`Cluster ${cluster.id} was created by ${cluster.source} and cannot be ${verb}.`)
    : undefined
