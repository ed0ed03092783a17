import { z } from 'zod'

import { choice, flag, int32, int64, keyedList, orderedList, reported, text, time } from './shape.ts'

/*
 * The status every kind shares. It holds instants and outcomes, never durations, ages or live counts: a
 * check that finds nothing new must not change it.
 */

const causes = [
  'ChangedRemotely',
  'RemovedRemotely',
  'AddedRemotely',
  'SpecChanged',
  'PolicyEnforced',
] as const
const impacts = ['InPlace', 'Restart', 'Shrink', 'Revoke', 'Schedule'] as const
const actions = ['Correct', 'Report', 'Hold', 'Tolerated', 'Blocked'] as const

const conditionSchema = reported('One condition, after the Kubernetes conventions.', {
  type: text('What the condition is about, such as Ready or Drifted.', { max: 316 }),
  status: choice('Whether it holds.', ['True', 'False', 'Unknown']),
  reason: text('Why, as one word of a closed list.', { max: 256, pattern: /^[A-Za-z]+$/ }),
  message: text('Why, for a person, and what to do.', { max: 4096 }),
  lastTransitionTime: time('When the condition last changed its status.'),
  observedGeneration: int64('The generation of the manifest that the condition speaks of.'),
})

const attemptSchema = reported(
  'What was sent and whose outcome is not recorded yet: a create, or privileges that are given.',
  {
    at: time('When it was announced, before it was sent.'),
    name: text('The name the remote object was to get, or the securable.', { max: 4096 }),
    mark: text(
      'The mark it was to carry, by which it is found again; of privileges, what tells attempts apart.',
      {
        max: 256,
      },
    ),
  },
)

const heldSchema = reported('A change that waits for its moment or for approval.', {
  hash: text(
    'What to approve: annotate the object with lakeward.dev/approve=HASH. Covers generation, verb and difference.',
    { max: 64 },
  ),
  verb: text('What would be done in Databricks, such as clusters/edit.', { max: 64 }),
  impact: choice('The worst it would do to those who use the remote object.', [...impacts, 'Delete']),
  reason: text('Why it waits, and what lets it go, for a person.', { max: 4096 }),
  since: time('Since when the first of its differences has been seen.'),
  remindedAt: time('When an event said that it has been held for a day.').optional(),
})

const putBackSchema = reported('A field that was put back after somebody changed it in Databricks.', {
  path: text('The field, as in drift.changes.', { max: 1024 }),
  at: orderedList('When it was put back last.', time('When it was put back.'), { max: 8 }),
  stoppedAt: time(
    'Since when it is contested and not put back any more: until it is as the manifest wants it, the manifest changes, or it was put back last more than a week ago.',
  ).optional(),
})

const unconfirmedSchema = reported('A field that was written and does not read back as written.', {
  path: text('The field, as in drift.changes.', { max: 1024 }),
  at: time('When it was written last.'),
  times: int32('How often it was written in a row.'),
})

const changeSchema = reported('One difference between the manifest and Databricks.', {
  path: text('The field of the manifest, list items by key: tasks[extract].maxRetries.', { max: 1024 }),
  wanted: text('What the manifest wants, as JSON; absent: it wants nothing there.', { max: 512 }).optional(),
  found: text('What Databricks has, as JSON, secrets hashed; absent: it has nothing there.', {
    max: 512,
  }).optional(),
  cause: choice('How the difference came about.', causes),
  impact: choice('What correcting it does to those who use the remote object.', impacts),
  action: choice('What happens to the difference.', actions),
  firstSeen: time('When it was first seen.'),
  until: time('Until when spec.management.ignore tolerates it; absent: not at all, or for ever.').optional(),
  by: text('Who made the change, where Databricks tells.', { max: 256 }).optional(),
})

const driftSchema = reported('What differs between the manifest and Databricks.', {
  count: int32(
    'How many fields differ from the manifest, without what it tolerates; absent while nobody knows: Drifted is Unknown.',
  ).optional(),
  tolerated: int32('How many differences spec.management.ignore tolerates; absent: none.').optional(),
  unlisted: int32('How many settings the manifest does not mention and somebody made. Reported, not drift.'),
  firstSeen: time('Since when there has been any difference.').optional(),
  changes: orderedList('The differences, most harmful first.', changeSchema, { max: 100 }).optional(),
  truncated: flag('There are more differences than listed.').optional(),
})

/** Members shared by the status of a workspace and of what lives in it. */
export const commonStatus = {
  observedGeneration: int64(
    'The generation of the manifest that this status speaks of; -1: nobody has looked yet.',
  ).optional(),
  conditions: keyedList('Ready, Drifted, Reconciling, Stalled, Healthy.', conditionSchema, {
    keys: ['type'],
    max: 16,
  }).optional(),
  workspaceId: text("The Databricks workspace's own id.", { max: 32 }).optional(),
  lastHandledReconcileAt: text('The value of the annotation lakeward.dev/reconcile-at acted on last.', {
    max: 256,
  }).optional(),
}

/** The frame that a kind's own status facts are added to. */
export const statusFrame = {
  ...commonStatus,
  externalId: text('The id in Databricks.', { max: 128 }).optional(),
  workspace: text('The DatabricksWorkspace in use, as namespace/name.', { max: 512 }).optional(),
  origin: choice('Whether Lakeward created the remote object or adopted it.', [
    'Created',
    'Adopted',
  ]).optional(),
  url: text('The page of the remote object in Databricks.', { max: 2048 }).optional(),
  mode: choice('The mode in force.', ['Correct', 'Observe']).optional(),
  deletionPolicy: choice('The deletion policy in force.', ['Delete', 'Retain', 'Retire']).optional(),
  state: text('The state Databricks reports, in its words.', { max: 64 }).optional(),
  mark: text(
    'By what Lakeward knows what it makes, where the workspace wants it otherwise than usual: the key of a tag, or none.',
    { max: 256 },
  ).optional(),
  defaults: text(
    'What the defaults of the workspace put into the remote object when it was made, as JSON. It is no drift.',
    { max: 16_384 },
  ).optional(),
  attempt: attemptSchema.optional(),
  held: heldSchema.optional(),
  approved: text('The hash that was approved.', { max: 64 }).optional(),
  putBack: orderedList('What was put back in the last seven days, to notice a fight.', putBackSchema, {
    max: 64,
  }).optional(),
  unconfirmed: orderedList('What was written and does not read back yet.', unconfirmedSchema, {
    max: 64,
  }).optional(),
  drift: driftSchema.optional(),
  lastApplied: text('What was last written to Databricks, compressed; not for reading.', {
    max: 131_072,
  }).optional(),
}

/** The status that every kind with a remote side has. */
export const statusSchema = z.object(statusFrame)

/** One privilege that we added, so that it may be taken back. */
export const claimSchema = reported('One privilege of one principal on one securable.', {
  type: text('Type of the securable.', { max: 64 }),
  name: text('Full name of the securable.', { max: 1024 }),
  principal: text('User, group or service principal.', { max: 256 }),
  privilege: text('The privilege.', { max: 64 }),
})

/** One privilege that a CatalogGrant added. */
export type Claim = z.infer<typeof claimSchema>

/** One entry of `status.conditions`. */
export type Condition = z.infer<typeof conditionSchema>

/** `status.attempt`: there from before a create is sent until its id is recorded. */
export type Attempt = z.infer<typeof attemptSchema>

/** `status.held`: what waits for its moment or for approval. */
export type Held = z.infer<typeof heldSchema>

/** `status.drift`: the differences, bounded in number. */
export type Drift = z.infer<typeof driftSchema>

/** One entry of `status.putBack`, by which a fight is noticed. */
export type PutBack = z.infer<typeof putBackSchema>

/** One entry of `status.unconfirmed`: written, and not read back as written. */
export type Unconfirmed = z.infer<typeof unconfirmedSchema>

/** The status of any kind that lives in a workspace; only a CatalogGrant has `added`. */
export type Status = z.infer<typeof statusSchema> & { added?: Claim[] | undefined }

/** What in a status says which remote object is ours; written by its own field manager, apart from the report. */
export const identityNames = [
  'attempt',
  'externalId',
  'workspaceId',
  'origin',
  'defaults',
  'added',
] as const satisfies (keyof Status)[]
