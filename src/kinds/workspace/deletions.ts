import type { z } from 'zod'
import { int32, orderedList, reported, text, time } from '../shape.ts'

/** How many deletions nobody has to approve, unless the workspace says otherwise. */
export const usualDeletionGuard = 10

/** No more than the status has room for. */
export const mostUnapproved = 1_000

/** `spec.deletionGuard`. */
export const deletionGuard = int32(
  `How many deletions nobody has to approve. While more manifests of this workspace than that wait to be deleted in Databricks, or were deleted there within the last hour, none goes on before lakeward.dev/approve-deletions with the hash in status.deletions.held stands on this object. 0: every deletion waits for approval. What leaves Databricks as it is (Retain, Observe, suspend, abandon) does not count, nor does what waits for an approval of its own (protect). Default: ${usualDeletionGuard}.`,
  { max: mostUnapproved },
).optional()

const deletion = reported('One deletion.', {
  uid: text('The uid that the deleted manifest had.', { max: 64 }),
  at: time('When it was allowed.'),
})

const held = reported('Deletions that wait for approval.', {
  hash: text(
    'What to approve: annotate this object with lakeward.dev/approve-deletions=HASH. Covers what waits now, and nothing that is deleted later.',
    { max: 64 },
  ),
  upTo: time('When the newest of them was asked for.'),
  reason: text('What waits, why, and how to let it go, for a person.', { max: 4096 }),
})

/** `status.deletions`. */
export const deletions = reported('What deletions of manifests do in Databricks, and may do.', {
  recent: orderedList(
    'What was deleted lately without approval. Within an hour, and as long as it is on its way, it counts for spec.deletionGuard.',
    deletion,
    { max: mostUnapproved },
  ).optional(),
  held: held.optional(),
  approvedUpTo: time('Whatever was asked for until then is approved.').optional(),
}).optional()

/** What the status of a workspace remembers of deletions: the guard counts by it, also after a restart. */
export type Deletions = NonNullable<z.output<typeof deletions>>
