import { invalidParameter, isRefusal, Refusal } from '../http/refusal.ts'
import type { ClusterType } from '../policies/attribute.ts'
import { filled, violations } from '../policies/comply.ts'
import { rulesOf } from '../policies/definition.ts'
import type { Policies } from '../policies/policies.ts'
import { definitionOf } from '../policies/policy.ts'
import type { Pools } from '../pools/pools.ts'
import type { Principal } from '../principals.ts'
import type { Switches } from '../switches.ts'
import { invalid } from './check-attributes.ts'
import { checkSpec } from './check-spec.ts'
import { resolvedVersion } from './spark-versions.ts'
import type { ClusterSpec } from './spec.ts'

/** Who wants a cluster, and for what. */
export interface Wish {
  readonly type: ClusterType
  readonly caller: Principal
  /** What its policy puts in stands there already, and is not put in anew. */
  readonly isFilled?: boolean
}

/** What has a say in what a cluster may be. */
export interface Authorities {
  readonly policies: Policies
  readonly pools: Pools
  readonly switches: Switches
}

/**
 * The settings that a spec leads to: with what its policy fixes, and with its defaults where the spec asks
 * for them; or the first reason why no cluster can be made from it.
 */
export function admit(sent: ClusterSpec, wish: Wish, authorities: Authorities): ClusterSpec | Refusal {
  const { pools, switches } = authorities
  const spec = switches.runtimeAliases === 'Everywhere' ? withVersion(sent) : sent
  const settings = spec.policy_id === undefined ? spec : complying(spec, wish, authorities)
  if (isRefusal(settings)) return settings
  return checkSpec(settings, switches) ?? pools.refuse(settings, wish.caller) ?? settings
}

/** A spec with the runtime that an alias stands for at present. */
const withVersion = (spec: ClusterSpec): ClusterSpec =>
  spec.spark_version === undefined ? spec : { ...spec, spark_version: resolvedVersion(spec.spark_version) }

function complying(
  spec: ClusterSpec,
  { type, caller, isFilled }: Wish,
  authorities: Authorities,
): ClusterSpec | Refusal {
  const policy = authorities.policies.open({ id: spec.policy_id ?? '', caller, right: 'use' })
  if (isRefusal(policy)) return policy.code === 'PERMISSION_DENIED' ? policy : invalid(policy.message)
  const rules = rulesOf(definitionOf(policy))
  if (rules === undefined) {
    return invalidParameter(
      `Requests for the policy ${policy.id} cannot be satisfied due to the malformed policy definition.`,
    )
  }
  const settings = isFilled === true ? spec : filled(spec, rules)
  const problems = Object.values(
    violations({ spec: settings, type, cloud: authorities.switches.cloud }, rules),
  )
  if (problems.length === 0) return settings
  return new Refusal(400, authorities.switches.policyViolationCode, {
    message: `Cluster validation error: ${problems.join('; ')}`,
  })
}
