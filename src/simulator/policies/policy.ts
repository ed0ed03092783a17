import { z } from 'zod'
import { librarySchema } from '../libraries/library.ts'
import type { Principals } from '../principals.ts'
import { merged } from './definition.ts'
import { familyWithId } from './families.ts'

/** What policies/clusters/create and edit take. */
export const policySettingsSchema = z.object({
  name: z.string(),
  definition: z.string().optional(),
  policy_family_id: z.string().optional(),
  policy_family_definition_overrides: z.string().optional(),
  description: z.string().optional(),
  libraries: z.array(librarySchema).optional(),
  max_clusters_per_user: z.int().min(0).optional(),
})

/** A policy as it was sent; its definition is JSON in a text. */
export type PolicySettings = z.infer<typeof policySettingsSchema>

/** What the workspace remembers of a cluster policy. */
export interface Policy {
  readonly id: string
  /** Name of the principal that made it; undefined for those that every workspace has. */
  readonly creator: string | undefined
  /** Virtual milliseconds. */
  readonly createdAt: number
  settings: PolicySettings
}

/** The rules that hold: those of the family with the overrides, or the policy's own. */
export function definitionOf({ settings }: Policy): string {
  const {
    definition = '{}',
    policy_family_id,
    policy_family_definition_overrides: overrides = '{}',
  } = settings
  const family = policy_family_id === undefined ? undefined : familyWithId(policy_family_id)
  return family === undefined ? definition : merged(family.definition, overrides)
}

/** A policy on the wire. */
export const describePolicy = (policy: Policy, principals: Principals): object => ({
  policy_id: policy.id,
  // Whoever was deleted is not shown any more.
  creator_user_name: principals.named(policy.creator ?? '')?.name,
  created_at_timestamp: policy.createdAt,
  is_default: policy.creator === undefined,
  ...policy.settings,
  definition: definitionOf(policy),
})
