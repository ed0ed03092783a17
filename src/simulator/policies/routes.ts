import { z } from 'zod'
import { shaped } from '../http/body.ts'
import type { Call, Handler, Route } from '../http/call.ts'
import { invalidParameter, isRefusal, Refusal } from '../http/refusal.ts'
import type { Workspace } from '../workspace.ts'
import { complianceRoutes } from './compliance-routes.ts'
import { familyWithId, policyFamilies, type PolicyFamily } from './families.ts'
import { describePolicy, policySettingsSchema } from './policy.ts'

const idSchema = z.object({ policy_id: z.string() })
const editSchema = policySettingsSchema.extend({ policy_id: z.string() })

const route = (method: 'GET' | 'POST', path: string, handle: Handler): Route => ({
  method,
  versions: ['2.0'],
  path,
  handle,
})

/** The cluster policies API. */
export const policyRoutes = (workspace: Workspace): Route[] => [
  ...crudRoutes(workspace),
  ...complianceRoutes(workspace),
  // https://docs.databricks.com/api/workspace/policyfamilies/list
  route('GET', '/policy-families', () => ({ policy_families: policyFamilies.map(describeFamily) })),
  // https://docs.databricks.com/api/workspace/policyfamilies/get
  route('GET', '/policy-families/{id}', ({ parameters: { id = '' } }) => {
    const family = familyWithId(id)
    const message = `Can't find a policy family with id: ${id}.`
    return family === undefined
      ? new Refusal(404, 'RESOURCE_DOES_NOT_EXIST', { message })
      : describeFamily(family)
  }),
]

const describeFamily = ({ defaultPolicyId: _id, ...family }: PolicyFamily): object => family

function crudRoutes(workspace: Workspace): Route[] {
  const { policies, principals } = workspace
  return [
    // https://docs.databricks.com/api/workspace/clusterpolicies/create
    route('POST', '/policies/clusters/create', ({ body, caller }) => {
      const sent = shaped(policySettingsSchema, body)
      if (isRefusal(sent)) return sent
      const policy = policies.create(sent, caller)
      return isRefusal(policy) ? policy : { policy_id: policy.id }
    }),
    // https://docs.databricks.com/api/workspace/clusterpolicies/get
    route('GET', '/policies/clusters/get', ({ query, caller }) => {
      const id = query.get('policy_id')
      if (id === null) return invalidParameter('Missing required field: policy_id')
      const policy = policies.open({ id, caller, right: 'use' })
      return isRefusal(policy) ? policy : describePolicy(policy, principals)
    }),
    // https://docs.databricks.com/api/workspace/clusterpolicies/list
    route('GET', '/policies/clusters/list', (call) => list(workspace, call)),
    // https://docs.databricks.com/api/workspace/clusterpolicies/edit
    route('POST', '/policies/clusters/edit', ({ body, caller }) => {
      const sent = shaped(editSchema, body)
      if (isRefusal(sent)) return sent
      const { policy_id: id, ...settings } = sent
      const policy = policies.open({ id, caller, right: 'manage' })
      return isRefusal(policy) ? policy : (policies.edit(policy, settings) ?? {})
    }),
    // https://docs.databricks.com/api/workspace/clusterpolicies/delete
    route('POST', '/policies/clusters/delete', ({ body, caller }) => {
      const sent = shaped(idSchema, body)
      if (isRefusal(sent)) return sent
      const policy = policies.open({ id: sent.policy_id, caller, right: 'manage' })
      return isRefusal(policy) ? policy : (policies.delete(policy) ?? {})
    }),
  ]
}

/** By creation, the newest first, unless the query wants it otherwise. */
function list({ policies, principals }: Workspace, { query, caller }: Call): object {
  const byName = query.get('sort_column') === 'POLICY_NAME'
  const sign = query.get('sort_order') === 'ASC' ? 1 : -1
  const visible = policies.visibleTo(caller)
  const sorted = byName
    ? visible.toSorted((left, right) => (left.settings.name < right.settings.name ? -sign : sign))
    : sign === 1
      ? visible
      : visible.toReversed()
  return {
    policies: sorted.length > 0 ? sorted.map((policy) => describePolicy(policy, principals)) : undefined,
  }
}
