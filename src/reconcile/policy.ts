import type { Cause, Impact } from '../drift/change.ts'
import type { Management } from '../kinds/management.ts'
import type { Status } from '../kinds/status.ts'
import type { Defaults } from '../kinds/workspace/schema.ts'
import { tolerancesOf, type Tolerance } from './tolerance.ts'

/** What `spec.management` means once its defaults are filled in; never written back to the spec. */
export interface Policy {
  mode: 'Correct' | 'Observe'
  deletionPolicy: 'Delete' | 'Retain' | 'Retire'
  /** Deleting the manifest changes nothing in Databricks before somebody has approved it. */
  protect: boolean
  onSpecChange: ChangePolicy
  onDrift: ChangePolicy
  /** What happens to settings that the manifest does not mention. */
  unlisted: 'Report' | 'Correct'
  /** Differences to put up with. */
  ignore: readonly Tolerance[]
}

type ChangePolicy = NonNullable<Management['onDrift']> | 'Default'

/** The defaults: careful with what we did not create. For what we did, the workspace may have others. */
export function policyOf(
  management: Management | undefined,
  origin: Status['origin'],
  { deletionPolicy }: Pick<Defaults, 'deletionPolicy'> = {},
): Policy {
  const adopted = origin === 'Adopted' || management?.externalId !== undefined
  const mode = management?.mode ?? (adopted ? 'Observe' : 'Correct')
  return {
    mode,
    deletionPolicy: management?.deletionPolicy ?? (adopted ? 'Retain' : (deletionPolicy ?? 'Delete')),
    protect: management?.protect ?? false,
    onSpecChange: management?.onSpecChange ?? 'Default',
    onDrift: management?.onDrift ?? 'Default',
    unlisted: mode === 'Observe' ? 'Report' : (management?.unlisted ?? 'Report'),
    ignore: tolerancesOf(management ?? {}),
  }
}

/** What the first difference of an adopted object may never do without approval. */
export const neverUnasked: ReadonlySet<Impact> = new Set(['Restart', 'Revoke'])

/** Only what can hurt somebody is ever held; anything gentler goes out at once. */
const harmful: ReadonlySet<Impact> = new Set(['Restart', 'Shrink', 'Revoke'])

/**
 * Whether a change waits. `WhenStopped` is the default for a restart, and for a shrink that drift would cause;
 * an impact of Restart or Shrink arises only while something runs, so waiting ends when it stops.
 */
export function isHeld(policy: Policy, cause: Cause, impact: Impact): boolean {
  if (!harmful.has(impact)) return false
  const chosen = cause === 'SpecChanged' ? policy.onSpecChange : policy.onDrift
  switch (chosen) {
    case 'Apply':
      return false
    case 'Hold':
      return true
    case 'WhenStopped':
      return impact === 'Restart' || impact === 'Shrink'
    case 'Default':
      return impact === 'Restart' || (impact === 'Shrink' && cause !== 'SpecChanged')
    default:
      return chosen satisfies never
  }
}
