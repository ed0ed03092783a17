import { entryFor } from '../access/object-permissions.ts'
import { invalid } from '../clusters/check-attributes.ts'
import { clouds } from '../clusters/clouds.ts'
import { clusterSpecSchema, type ClusterSpec } from '../clusters/spec.ts'
import { invalidParameter, permissionDenied, Refusal } from '../http/refusal.ts'
import type { Parts } from '../parts.ts'
import { isAdmin, type Principal } from '../principals.ts'
import { snapshotOfRecords, type Restore } from '../snapshot.ts'
import { checkPool } from './check-pool.ts'
import { effectiveBlock, type Pool, type PoolChange, type PoolSettings } from './pool.ts'

/** What somebody wants to do with a pool, as the permission levels divide it. */
type Right = 'attach' | 'manage'

const levels: Readonly<Record<Right, readonly string[]>> = {
  attach: ['CAN_ATTACH_TO', 'CAN_MANAGE'],
  manage: ['CAN_MANAGE'],
}

/** On this cloud a pool without a bound gets one. */
const googleCapacity = 1000

/** The instance pools of the workspace. */
export class Pools {
  readonly #parts: Parts
  readonly #pools = new Map<string, Pool>()

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** Makes a pool, which can be used at once. */
  create(sent: PoolSettings, by: Principal): Pool | Refusal {
    if (!isAdmin(by)) return permissionDenied('Only administrators can create instance pools.')
    const refusal =
      checkPool(sent, this.#parts.switches.cloud) ?? this.#refuseName(sent.instance_pool_name, undefined)
    if (refusal !== undefined) return refusal
    const settings = this.#parts.switches.cloud === 'GCP' ? { max_capacity: googleCapacity, ...sent } : sent
    const now = this.#parts.clock.now()
    const pool: Pool = { id: this.#newId(now), creator: by.name, settings, since: now }
    this.#pools.set(pool.id, pool)
    this.#parts.permissions.set(`/instance-pools/${pool.id}`, [entryFor(by, 'CAN_MANAGE')])
    return pool
  }

  /** Changes what can be changed in a pool; what its machines are is settled when it is made. */
  edit(pool: Pool, change: PoolChange): Refusal | undefined {
    if (change.node_type_id !== pool.settings.node_type_id)
      return invalidParameter('The node type of an instance pool cannot be changed.')
    const {
      max_capacity: _capacity,
      custom_tags: _tags,
      remote_disk_throughput: _throughput,
      total_initial_remote_disk_size: _size,
      ...kept
    } = pool.settings
    const settings = { ...kept, ...change }
    const refusal =
      checkPool(settings, this.#parts.switches.cloud) ?? this.#refuseName(settings.instance_pool_name, pool)
    if (refusal !== undefined) return refusal
    pool.settings = settings
    pool.since = this.#parts.clock.now()
    return undefined
  }

  /** Forgets a pool for good. Clusters that name it do not start any more. */
  delete({ id }: Pool): void {
    this.#pools.delete(id)
    this.#parts.permissions.forget(`/instance-pools/${id}`)
  }

  /** A pool, for somebody who may do this with it. */
  open({ id, caller, right }: { id: string; caller: Principal; right: Right }): Pool | Refusal {
    const pool = this.#pools.get(id)
    if (pool === undefined) return new Refusal(404, 'RESOURCE_DOES_NOT_EXIST', { message: missing(id) })
    if (this.#parts.permissions.allows(caller, `/instance-pools/${id}`, levels[right])) return pool
    return permissionDenied(`User ${caller.name} does not have ${right} permissions on instance pool ${id}`)
  }

  /** The pool with this id, whoever asks. */
  find(id: string | undefined): Pool | undefined {
    return id === undefined ? undefined : this.#pools.get(id)
  }

  /** The pools that the caller can use, the oldest first. */
  visibleTo(caller: Principal): Pool[] {
    const mayAttach = ({ id }: Pool) =>
      this.#parts.permissions.allows(caller, `/instance-pools/${id}`, levels.attach)
    return [...this.#pools.values()].filter(mayAttach)
  }

  /** Why a cluster of this spec cannot be drawn from the pools that it names. */
  refuse(spec: ClusterSpec, caller: Principal): Refusal | undefined {
    const { instance_pool_id, driver_instance_pool_id, ...rest } = spec
    if (instance_pool_id === undefined) {
      return driver_instance_pool_id === undefined
        ? undefined
        : invalid('driver_instance_pool_id can only be set together with instance_pool_id.')
    }
    const extra = (['node_type_id', 'driver_node_type_id'] as const).find(
      (field) => rest[field] !== undefined,
    )
    if (extra !== undefined)
      return invalidParameter(`The field '${extra}' cannot be supplied when an instance pool ID is provided.`)
    for (const id of [instance_pool_id, driver_instance_pool_id ?? instance_pool_id]) {
      const pool = this.open({ id, caller, right: 'attach' })
      if (pool instanceof Refusal) return pool.code === 'PERMISSION_DENIED' ? pool : invalid(pool.message)
    }
    return undefined
  }

  /** The settings of a cluster with what its pools decide for it. */
  drawn(spec: ClusterSpec): ClusterSpec {
    const { cloud } = this.#parts.switches
    const workers = this.find(spec.instance_pool_id)
    const driver = this.find(spec.driver_instance_pool_id) ?? workers
    if (workers === undefined || driver === undefined) return spec
    const { block } = clouds[cloud]
    const { gcp_availability: availability, ...ofPool } = effectiveBlock(workers, cloud)
    return clusterSpecSchema.parse({
      ...spec,
      driver_instance_pool_id: driver.id,
      node_type_id: workers.settings.node_type_id,
      driver_node_type_id: driver.settings.node_type_id,
      enable_elastic_disk: workers.settings.enable_elastic_disk,
      [block]: { ...spec[block], ...ofPool, ...(availability !== undefined && { availability }) },
    })
  }

  snapshot(): Restore {
    return snapshotOfRecords(this.#pools)
  }

  #refuseName(name: string, own: Pool | undefined): Refusal | undefined {
    const isTaken = this.#pools
      .values()
      .some((other) => other !== own && other.settings.instance_pool_name === name)
    if (!isTaken) return undefined
    const code = this.#parts.switches.takenNameCode
    return new Refusal(400, code, { message: `Instance pool with name '${name}' already exists` })
  }

  #newId(now: number): string {
    const { random } = this.#parts
    const [, month, day, hour, minute, second] = new Date(now).toISOString().split(/[-T:.]/)
    return `${month}${day}-${hour}${minute}${second}-${random.text(6)}-pool-${random.text(8)}`
  }
}

const missing = (id: string): string => `Can't find an instance pool with id: ${id}.`
