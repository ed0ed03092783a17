import { z } from 'zod'

import { durationPattern, parseDuration } from '../duration.ts'
import { combinationRules } from './combinations.ts'
import { ignoreList } from './ignore.ts'
import { type CelRule, type Rule, withRules } from './rule.ts'
import { choice, flag, int64Id, object, objectName, reference, text } from './shape.ts'

const shortestInterval = '30s'
const longestInterval = '24h'

const reasonableInterval: Rule<string> = {
  rule: `duration(self) >= duration('${shortestInterval}') && duration(self) <= duration('${longestInterval}')`,
  message: `must be from ${shortestInterval} to ${longestInterval}`,
  holds: (value) => {
    const [length, shortest, longest] = [value, shortestInterval, longestInterval].map(parseDuration)
    return (length ?? 0) >= (shortest ?? 0) && (length ?? 0) <= (longest ?? 0)
  },
}

/** How often something is looked at. The bound on its length keeps the number within CEL's duration. */
export const interval = (description: string): z.ZodString =>
  withRules(text(description, { max: 12, pattern: durationPattern }), [reasonableInterval])

const changePolicies = ['Apply', 'WhenStopped', 'Hold'] as const

const frame = {
  mode: choice(
    'Correct writes the manifest to Databricks. Observe only reads and reports: it never writes and never deletes. Default: Correct for an object that Lakeward created, Observe for one it adopted.',
    ['Correct', 'Observe'],
  ).optional(),
  protect: flag(
    'Whether the deletion of this manifest needs approval. While true it is refused when it is asked for, where the policies of Lakeward are installed; one that gets past them changes nothing in Databricks before the hash in status.held is approved. Default: false.',
  ).optional(),
  unlisted: choice(
    'What happens to settings that this manifest does not mention and somebody made in Databricks. Report shows them and leaves them. Correct takes them back: removed, or as a default has them; only a pause made by hand stays in any case. Default: Report.',
    ['Report', 'Correct'],
  ).optional(),
  onSpecChange: choice(
    'When a change of this manifest that would restart, shrink, replace, revoke or delete something goes out. Apply: at once. WhenStopped: once nothing runs (same as Apply for kinds that do not run). Hold: after approval of the hash in status.held. Gentler changes always go out at once. Default: WhenStopped for a restart, else Apply.',
    changePolicies,
  ).optional(),
  onDrift: choice(
    'The same for correcting what somebody changed in Databricks. Default: WhenStopped for a restart or a shrink, else Apply.',
    changePolicies,
  ).optional(),
  interval: interval(
    'How often Databricks is checked for drift, such as 30s, 10m or 1h30m. Default: the interval of the workspace.',
  ).optional(),
  suspend: flag(
    'No call to Databricks at all while true. Deleting a suspended manifest leaves the remote object. Default: false.',
  ).optional(),
}

const whatWorkspaceSays = 'what spec.defaults.deletionPolicy of the workspace says, else Delete'

const usualDeletion = `Default: Retain for an object that Lakeward adopted; for one it created ${whatWorkspaceSays}.`

const deletionPolicy = choice(
  `What happens in Databricks when this manifest is deleted. Delete removes the remote object, Retain leaves it as it is. ${usualDeletion}`,
  ['Delete', 'Retain'],
).optional()

/** A grant makes and adopts nothing: only what Lakeward added to somebody else's securable is taken back. */
const deletionPolicyOfGrant = choice(
  `What happens in Databricks when this manifest is deleted. Delete revokes the privileges that Lakeward added and no other manifest names, Retain leaves all as they are. Default: ${whatWorkspaceSays}.`,
  ['Delete', 'Retain'],
).optional()

/** Only a job can stand still and keep its history. */
const deletionPolicyOfJob = choice(
  `What happens in Databricks when this manifest is deleted. Delete removes the job with its history, Retain leaves it as it is. Retire pauses whatever starts it (schedule, trigger, continuous) and keeps the rest; a manifest of the same name takes it up again later. ${usualDeletion}`,
  ['Delete', 'Retain', 'Retire'],
).optional()

const adopted = 'Immutable once set. Default: none; Lakeward creates the object.'

/** A number is the id of a job: whoever writes one has taken the wrong kind. */
const isClusterId: Rule<string> = {
  rule: "!self.matches('^[0-9]+$')",
  message: 'must be a cluster_id, such as 0923-164208-meows279; a number alone is the id of a job',
  holds: (value) => !/^[0-9]+$/.test(value),
}

const clusterId = withRules(
  text(`The cluster_id of an existing cluster to adopt, such as 0923-164208-meows279. ${adopted}`, {
    min: 1,
    max: 128,
    pattern: /^[A-Za-z0-9-]+$/,
  }),
  [isClusterId],
)

const jobId = int64Id(
  `The job_id of an existing job to adopt, as a string of digits: "901234567890123457". ${adopted}`,
)

/** A bundle leaves its name on jobs only. */
const takeOver = flag(
  'Adopt the job although a bundle deploys it. What another Lakeward made is never taken over. Needs externalId. Default: false.',
).optional()

/**
 * The legal members of `management`, kind by kind, by the fields of the kind that are compared. A kind that has no id
 * of its own in Databricks cannot adopt anything, so it has no `externalId`; ids have the form that Databricks gives
 * them.
 */
export const managementSchemas = {
  DatabricksCluster: (fields: readonly string[]) =>
    managed('DatabricksCluster', fields, { deletionPolicy, externalId: clusterId.optional() }),
  JobSpec: (fields: readonly string[]) =>
    managed('JobSpec', fields, {
      deletionPolicy: deletionPolicyOfJob,
      externalId: jobId.optional(),
      takeOver,
    }),
  CatalogGrant: (fields: readonly string[]) =>
    managed('CatalogGrant', fields, { deletionPolicy: deletionPolicyOfGrant }),
}

function managed<Shape extends z.core.$ZodLooseShape>(
  kind: keyof typeof managementSchemas,
  fields: readonly string[],
  own: Shape,
) {
  const ignore = ignoreList(fields).optional()
  const members = object('How Lakeward treats the remote object.', { ...frame, ignore, ...own })
  return withRules(members, combinationRules(kind)).meta({ wire: false }).optional()
}

/** `spec.management` of any kind; a kind without ids never has an `externalId`, and only a job is retired or taken over. */
export const managementSchema = z.strictObject({
  ...frame,
  deletionPolicy: deletionPolicyOfJob,
  ignore: ignoreList().optional(),
  externalId: z.string().optional(),
  takeOver: z.boolean().optional(),
})

/** `spec.management` as somebody wrote it, without defaults (`reconcile/policy.ts` fills them in). */
export type Management = z.infer<typeof managementSchema>

/** `spec.workspaceRef` of every kind that lives in a workspace. */
export const workspaceRefSchema = reference(
  'The DatabricksWorkspace this object lives in. Immutable. Default: the one named default in the same namespace.',
  {
    name: objectName('Name of the DatabricksWorkspace.'),
    namespace: objectName('Its namespace. Default: the namespace of this manifest.').optional(),
  },
).optional()

/** What is stored may lack its spec, and has to be corrected then. */
const workspaceRefIsImmutable: CelRule = {
  rule: '!has(oldSelf.spec) || has(self.spec.workspaceRef) == has(oldSelf.spec.workspaceRef) && (!has(self.spec.workspaceRef) || self.spec.workspaceRef == oldSelf.spec.workspaceRef)',
  message:
    'workspaceRef is immutable: delete this manifest (management.deletionPolicy: Retain keeps the remote object) and apply it anew',
  fieldPath: '.spec.workspaceRef',
}

const externalIdIsImmutable: CelRule = {
  rule: '!has(oldSelf.spec) || !has(oldSelf.spec.management) || !has(oldSelf.spec.management.externalId) || (has(self.spec.management) && has(self.spec.management.externalId) && self.spec.management.externalId == oldSelf.spec.management.externalId)',
  message:
    'externalId is immutable once set: delete this manifest (management.deletionPolicy: Retain keeps the remote object) and apply it anew',
  fieldPath: '.spec.management.externalId',
}

/** What no update may change, for a kind without ids. */
export const placeRules: readonly CelRule[] = [workspaceRefIsImmutable]

/** What no update may change, for a kind whose objects can be adopted. */
export const identityRules: readonly CelRule[] = [workspaceRefIsImmutable, externalIdIsImmutable]
