import { Refusal } from '../http/refusal.ts'
import type { Policies } from '../policies/policies.ts'
import type { Switches } from '../switches.ts'
import type { Cluster } from './cluster.ts'
import type { Roster } from './roster.ts'
import type { ClusterSpec } from './spec.ts'

/** Why a user cannot have one cluster more of the policy that these settings name. */
export function refuseOneMore(
  { policy_id: id }: ClusterSpec,
  user: string,
  { roster, policies, switches }: { roster: Roster; policies: Policies; switches: Switches },
): Refusal | undefined {
  const policy = id === undefined ? undefined : policies.find(id)
  const most = policy?.settings.max_clusters_per_user
  if (most === undefined) return undefined
  const isOwn = ({ creator }: Cluster) => creator === user
  const own = [...roster.alive((label) => label.policy === id)].filter(isOwn)
  return own.length < most
    ? undefined
    : new Refusal(400, switches.clusterQuotaCode, {
        message: `Policy ${id} gives each user ${most} at a time, and that many are up for ${user} already.`,
      })
}
