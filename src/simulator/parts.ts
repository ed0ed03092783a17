import type { ObjectPermissions } from './access/object-permissions.ts'
import type { Principals } from './principals.ts'
import type { Random } from './random.ts'
import type { Switches } from './switches.ts'
import type { VirtualClock } from './virtual-clock.ts'

/** What every part of the workspace stands on. */
export interface Parts {
  readonly clock: VirtualClock
  readonly random: Random
  readonly switches: Switches
  readonly principals: Principals
  readonly permissions: ObjectPermissions
}
