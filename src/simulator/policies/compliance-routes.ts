import { z } from 'zod'
import type { Cluster } from '../clusters/cluster.ts'
import { pageOfClusters } from '../clusters/list.ts'
import { shaped } from '../http/body.ts'
import type { Call, Route } from '../http/call.ts'
import { invalidParameter, isRefusal, type Refusal } from '../http/refusal.ts'
import type { Workspace } from '../workspace.ts'
import { withValues } from './attribute.ts'
import { corrections, violations, type Violations } from './comply.ts'
import { rulesOf, type Rules } from './definition.ts'
import { definitionOf } from './policy.ts'

const enforceSchema = z.object({ cluster_id: z.string(), validate_only: z.boolean().default(false) })

/** Whether clusters still comply with policies that were edited after them, and how to make them comply. */
export const complianceRoutes = (workspace: Workspace): Route[] => [
  {
    // https://docs.databricks.com/api/workspace/policycomplianceforclusters/getcompliance
    method: 'GET',
    versions: ['2.0'],
    path: '/policies/clusters/get-compliance',
    handle: ({ query, caller }) => {
      const id = query.get('cluster_id')
      if (id === null) return invalidParameter('Missing required field: cluster_id')
      const cluster = workspace.clusters.open({ id, caller, right: 'attach' })
      return isRefusal(cluster) ? cluster : complianceOf(cluster, workspace)
    },
  },
  {
    // https://docs.databricks.com/api/workspace/policycomplianceforclusters/listcompliance
    method: 'GET',
    versions: ['2.0'],
    path: '/policies/clusters/list-compliance',
    handle: (call) => list(workspace, call),
  },
  {
    // https://docs.databricks.com/api/workspace/policycomplianceforclusters/enforcecompliance
    method: 'POST',
    versions: ['2.0'],
    path: '/policies/clusters/enforce-compliance',
    handle: (call) => enforce(workspace, call),
  },
]

/** A cluster of no policy, or of one that is gone or malformed, has nothing to comply with. */
const noRules: Rules = new Map()

function rulesFor({ settings: { policy_id: id } }: Cluster, { policies }: Workspace): Rules {
  const policy = id === undefined ? undefined : policies.find(id)
  return (policy && rulesOf(definitionOf(policy))) ?? noRules
}

const subjectOf = ({ settings: spec }: Cluster, { switches: { cloud } }: Workspace) =>
  ({ spec, type: 'all-purpose', cloud }) as const

function complianceOf(
  cluster: Cluster,
  workspace: Workspace,
): { is_compliant: boolean; violations: Violations } {
  const found = violations(subjectOf(cluster, workspace), rulesFor(cluster, workspace))
  return { is_compliant: Object.keys(found).length === 0, violations: found }
}

function list(workspace: Workspace, { query, caller }: Call): object | Refusal {
  const id = query.get('policy_id')
  if (id === null) return invalidParameter('Missing required field: policy_id')
  const policy = workspace.policies.open({ id, caller, right: 'use' })
  if (isRefusal(policy)) return policy
  const wanted = new URLSearchParams({ 'filter_by.policy_id': id })
  for (const name of ['page_size', 'page_token']) wanted.set(name, query.get(name) ?? '')
  for (const source of ['API', 'UI']) wanted.append('filter_by.cluster_sources', source)
  const page = pageOfClusters((walk) => workspace.clusters.visibleTo(caller, walk), wanted)
  if (isRefusal(page)) return page
  const clusters = page.clusters.map((cluster) => ({
    cluster_id: cluster.id,
    ...complianceOf(cluster, workspace),
  }))
  return {
    clusters: clusters.length > 0 ? clusters : undefined,
    next_page_token: page.next,
    prev_page_token: page.previous,
  }
}

function enforce(workspace: Workspace, { body, caller }: Call): object | Refusal {
  const sent = shaped(enforceSchema, body)
  if (isRefusal(sent)) return sent
  const cluster = workspace.clusters.open({ id: sent.cluster_id, caller, right: 'manage' })
  if (isRefusal(cluster)) return cluster
  const changes = corrections(subjectOf(cluster, workspace), rulesFor(cluster, workspace))
  const answer = {
    has_changes: changes.length > 0,
    changes: changes.map(({ field, previous, value }) => ({
      field,
      previous_value: shown(previous),
      new_value: shown(value),
    })),
  }
  if (sent.validate_only || changes.length === 0) return answer
  const spec = withValues(
    cluster.spec,
    changes.map(({ field, value }) => [field, value]),
  )
  return workspace.clusters.edit(cluster, { spec, size: undefined }, caller) ?? answer
}

/** A value as a text, which is all that the wire has for it. */
const shown = (value: unknown): string => (typeof value === 'string' ? value : (JSON.stringify(value) ?? ''))
