import { invalidParameter, invalidState, isRefusal, permissionDenied, Refusal } from '../http/refusal.ts'
import type { Parts } from '../parts.ts'
import type { Policies } from '../policies/policies.ts'
import type { Pools } from '../pools/pools.ts'
import { isAdmin, type Principal } from '../principals.ts'
import { restoreAll, snapshotOfList, snapshotOfMap, type Restore } from '../snapshot.ts'
import { ClusterAccess, type Right } from './access.ts'
import { admit, type Wish } from './admission.ts'
import { shortage } from './capacity.ts'
import { checkWorkers } from './check-spec.ts'
import { isManaged, stateTitle, type Cluster, type ClusterState, type TerminationReason } from './cluster.ts'
import * as deeds from './deeds.ts'
import { newCluster } from './new-cluster.ts'
import { refuseOneMore } from './quota.ts'
import { Roster } from './roster.ts'
import type { Label, Walk } from './shelves.ts'
import { sizeOf, type ClusterSpec, type Size } from './spec.ts'
import { isPurged, outlive, record } from './state-machine.ts'

const mostPins = 100

/** The clusters of the workspace and what can be done with them. */
export class Clusters {
  readonly #parts: Parts
  readonly #authorities: { readonly policies: Policies; readonly pools: Pools }
  readonly #access: ClusterAccess
  readonly #roster: Roster
  readonly #idsByToken = new Map<string, string>()
  readonly #startFailures: TerminationReason[] = []

  constructor(parts: Parts, authorities: { readonly policies: Policies; readonly pools: Pools }) {
    this.#parts = parts
    this.#authorities = authorities
    this.#access = new ClusterAccess(parts)
    this.#roster = new Roster(parts)
  }

  /** The settings that a spec leads to under its policy; or why no cluster can be made from it. */
  admit(spec: ClusterSpec, wish: Wish): ClusterSpec | Refusal {
    return admit(spec, wish, { ...this.#authorities, switches: this.#parts.switches })
  }

  /** Makes a cluster, which starts at once. */
  create(
    spec: ClusterSpec,
    by: { caller: Principal; source: 'API' | 'UI'; token: string | undefined },
  ): Cluster | Refusal {
    const { caller, source, token } = by
    const active = this.#activeWithToken(token)
    if (active !== undefined) return active
    const admitted = this.admit(spec, { type: 'all-purpose', caller })
    if (isRefusal(admitted)) return admitted
    const tooMany = this.#refuseOneMore(admitted, caller.name)
    if (tooMany !== undefined) return tooMany
    const settings = this.#authorities.pools.drawn(admitted)
    const { clock, random } = this.#parts
    const made = { spec, settings, creator: caller.name, source, givenName: undefined }
    const cluster = newCluster(made, clock.now(), random)
    cluster.startFailure = this.#nextFailure(cluster)
    this.#roster.add([cluster])
    if (token !== undefined) this.#idsByToken.set(token, cluster.id)
    this.#access.giveToOwner(cluster)
    return cluster
  }

  /** Takes over clusters with a past, each managed by whoever made it. */
  load(clusters: readonly Cluster[]): void {
    for (const cluster of clusters) if (!isManaged(cluster)) this.#access.giveToOwner(cluster)
    this.#roster.add(clusters)
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
    if (this.#access.allows(caller, cluster, right)) return cluster
    return permissionDenied(`User ${caller.name} does not have ${right} permissions on cluster ${id}`)
  }

  /** The clusters of a walk that the caller can see. */
  visibleTo(caller: Principal, walk: Walk): Iterable<Cluster> {
    if (isAdmin(caller)) return this.#roster.walk(walk)
    const fits = (label: Label) => (label.audience ?? caller.name) === caller.name && walk.fits(label)
    return this.#roster.walk({
      ...walk,
      fits,
      sees: (cluster) => this.#access.allows(caller, cluster, 'attach'),
    })
  }

  /** The clusters that are not terminated. */
  alive(): Iterable<Cluster> {
    return this.#roster.alive()
  }

  /**
   * Puts new settings in the place of the old ones; without a size, also that of the settings. `filled` has in it what
   * a policy put in before. A running cluster restarts, whether or not they differ.
   */
  edit(
    cluster: Cluster,
    { spec, filled, size }: { spec: ClusterSpec; filled?: ClusterSpec; size: Size | undefined },
    by: Principal,
  ): Refusal | undefined {
    const refusal = refuseManaged(cluster, 'edited') ?? this.#refuseUnless(cluster, ['RUNNING', 'TERMINATED'])
    if (refusal !== undefined) return refusal
    const wish = { type: 'all-purpose', caller: by, isFilled: filled !== undefined } as const
    const admitted = this.admit(filled ?? spec, wish)
    if (isRefusal(admitted)) return admitted
    const settings = this.#authorities.pools.drawn(admitted)
    const edit = { spec, settings, size: size ?? sizeOf(settings) }
    const isShown = this.#parts.switches.specShowsOthersEdits || by.name === cluster.creator
    const shownSpec = isShown ? undefined : (cluster.shownSpec ?? cluster.spec)
    this.#roster.change(cluster, () => {
      deeds.edit(cluster, this.#doing(by), edit)
      cluster.shownSpec = shownSpec
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
    this.#roster.change(cluster, () => {
      deeds.resize(cluster, this.#doing(by), size)
      if (switches.resizeChangesSpec) cluster.spec = deeds.resized(cluster.spec, size)
    })
    const reason = shortage(cluster, this.alive(), this.#authorities.pools)
    if (reason !== undefined) record(cluster, 'ADD_NODES_FAILED', { at: clock.now(), details: { reason } })
    return undefined
  }

  /** Starts a terminated cluster with its id, settings and size. In any other state that is an error. */
  start(cluster: Cluster, by: Principal): Refusal | undefined {
    const refusal =
      refuseManaged(cluster, 'started') ??
      this.#refuseUnless(cluster, ['TERMINATED']) ??
      this.#refuseOneMore(cluster.settings, cluster.creator)
    if (refusal !== undefined) return refusal
    this.#roster.change(cluster, () => deeds.start(cluster, this.#doing(by), this.#nextFailure(cluster)))
    return undefined
  }

  /** Restarts a running cluster. */
  restart(cluster: Cluster, by: Principal): Refusal | undefined {
    const isLenient = this.#parts.switches.restartWhenNotRunning === 'Nothing'
    const refusal = this.#refuseUnless(cluster, ['RUNNING'])
    if (refusal !== undefined) return isLenient ? undefined : refusal
    this.#roster.change(cluster, () => deeds.restart(cluster, this.#doing(by)))
    return undefined
  }

  /** Takes a cluster down and keeps it; nothing happens if it is down or going down. */
  terminate(cluster: Cluster, by: Principal): void {
    if (cluster.state === 'TERMINATING' || cluster.state === 'TERMINATED') return
    this.#roster.change(cluster, () => deeds.stop(cluster, this.#doing(by)))
  }

  /** Forgets a cluster in whatever state it is. A pinned one is protected. */
  forget(cluster: Cluster): Refusal | undefined {
    if (cluster.pinnedBy !== undefined) {
      return new Refusal(400, this.#parts.switches.pinnedClusterCode, {
        message: `Cluster ${cluster.id} is pinned. Please unpin the cluster first.`,
      })
    }
    this.#roster.remove(cluster)
    this.#access.forget(cluster)
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
    this.#roster.change(cluster, () => {
      cluster.creator = owner.name
    })
    this.#access.giveToOwner(cluster)
    return undefined
  }

  /** Keeps a cluster from being forgotten 30 days after its end. */
  pin(cluster: Cluster, by: Principal): Refusal | undefined {
    if (cluster.pinnedBy !== undefined) return undefined
    if (this.#roster.pinned() >= mostPins)
      return invalidParameter(`At most ${mostPins} clusters can be pinned.`)
    this.#roster.change(cluster, () => deeds.pin(cluster, this.#doing(by)))
    return undefined
  }

  /** Takes the pin away; the 30 days begin now. */
  unpin(cluster: Cluster, by: Principal): void {
    if (cluster.pinnedBy === undefined) return
    this.#roster.change(cluster, () => deeds.unpin(cluster, this.#doing(by)))
  }

  /** Lets the next start that anybody asks for end in failure. */
  failNextStart(reason: TerminationReason): void {
    this.#startFailures.push(reason)
  }

  /** Lets a cluster be as one that ended, unpinned, longer ago than it is kept; false if it is not there. */
  purge(id: string): boolean {
    const cluster = this.#roster.find(id)
    if (cluster === undefined) return false
    this.#roster.change(cluster, () => outlive(cluster, this.#parts.clock.now()))
    return true
  }

  snapshot(): Restore {
    return restoreAll([
      this.#roster.snapshot(),
      snapshotOfMap(this.#idsByToken),
      snapshotOfList(this.#startFailures),
    ])
  }

  #doing(by: Principal): deeds.Doing {
    return { at: this.#parts.clock.now(), by }
  }

  /** How a start under way will end, if not well: as a test ordered, or for want of machines. */
  #nextFailure(cluster: Cluster): TerminationReason | undefined {
    return this.#startFailures.shift() ?? shortage(cluster, this.alive(), this.#authorities.pools)
  }

  #refuseOneMore(settings: ClusterSpec, user: string): Refusal | undefined {
    const { switches } = this.#parts
    return refuseOneMore(settings, user, { roster: this.#roster, ...this.#authorities, switches })
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
}

const refuseManaged = (cluster: Cluster, verb: 'edited' | 'started'): Refusal | undefined =>
  isManaged(cluster)
    ? invalidParameter(`Cluster ${cluster.id} was created by ${cluster.source} and cannot be ${verb}.`)
    : undefined
