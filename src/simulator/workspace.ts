import { ObjectPermissions } from './access/object-permissions.ts'
import { Grants } from './catalog/grants.ts'
import { isSecurableType } from './catalog/securable.ts'
import { Securables } from './catalog/securables.ts'
import { Clusters } from './clusters/clusters.ts'
import type { Content } from './content.ts'
import { Jobs } from './jobs/jobs.ts'
import { Libraries } from './libraries/libraries.ts'
import { Policies } from './policies/policies.ts'
import { Pools } from './pools/pools.ts'
import { Principals } from './principals.ts'
import { Random } from './random.ts'
import { Runs } from './runs/runs.ts'
import { restoreAll, type Restore } from './snapshot.ts'
import type { Switches } from './switches.ts'
import type { VirtualClock } from './virtual-clock.ts'

/** Everything that a Databricks workspace remembers, and the rules it follows. */
export interface Workspace {
  readonly id: string
  readonly clock: VirtualClock
  readonly random: Random
  readonly switches: Switches
  readonly principals: Principals
  readonly permissions: ObjectPermissions
  readonly jobs: Jobs
  readonly runs: Runs
  readonly clusters: Clusters
  readonly policies: Policies
  readonly pools: Pools
  readonly libraries: Libraries
  readonly securables: Securables
  readonly grants: Grants
  /**
   * Takes a copy of all that the workspace remembers. Time and chance are no part of it: they never go
   * back, so that an id is not given out twice.
   */
  snapshot(): Restore
}

/** Makes a workspace with its first content. */
export function createWorkspace(options: {
  clock: VirtualClock
  seed: number
  switches: Switches
  content: Content
}): Workspace {
  const { clock, seed, switches, content } = options
  const random = new Random(seed)
  const principals = new Principals(content.principals, random)
  const permissions = new ObjectPermissions({ principals, clock, switches })
  const parts = { clock, random, switches, principals, permissions }
  const jobs = new Jobs(parts)
  const runs = new Runs(parts, jobs)
  for (const job of content.jobs) jobs.add({ ...job, creator: principals.namedOrNewAdmin(job.creator) })
  const securables = new Securables(content.metastore, content.securables, parts)
  const grants = new Grants()
  for (const { type, name, principal, privileges } of content.grants) {
    const securable = isSecurableType(type) ? securables.find(type, name) : undefined
    if (securable === undefined)
      throw new Error(`The content grants on ${type} ${name}, which it does not have`)
    const grantee = principals.named(principal)
    if (grantee === undefined) throw new Error(`The content grants to ${principal}, whom it does not have`)
    grants.change(securable, [{ principalId: grantee.id, add: privileges, remove: [] }])
  }
  const policies = new Policies(parts)
  const pools = new Pools(parts)
  const libraries = new Libraries(parts, policies)
  const clusters = new Clusters(parts, { policies, pools })
  const compute = { policies, pools, libraries, clusters }
  const stateful = [principals, permissions, jobs, runs, ...Object.values(compute), securables, grants]
  const snapshot = () => restoreAll(stateful.map((part) => part.snapshot()))
  return { id: content.workspaceId, ...parts, jobs, runs, ...compute, securables, grants, snapshot }
}
