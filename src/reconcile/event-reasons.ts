import type { ReasonText } from './reasons.ts'

/** Those of the list of reasons that only events show: what was done. */
export const eventReasons = {
  Created: { meaning: 'The remote object was created.', remedy: 'Nothing.' },
  Adopted: { meaning: 'An existing remote object was taken up.', remedy: 'Nothing.' },
  Updated: { meaning: 'A change of the manifest was written to Databricks.', remedy: 'Nothing.' },
  Corrected: {
    meaning:
      'What differed in Databricks, by somebody else’s change at least in part, was written as the manifest wants it.',
    remedy: 'Nothing.',
  },
  ApprovedOther: {
    meaning: 'The approval is for another change.',
    remedy: 'Approve the hash in status.held.',
  },
  Deleted: { meaning: 'The remote object was removed.', remedy: 'Nothing.' },
  DeletionsHeld: {
    meaning:
      'More manifests of the workspace than spec.deletionGuard says wait to be deleted in Databricks, or were within an hour: none of them goes on.',
    remedy:
      'See status.deletions of the workspace. If all of that is meant, annotate the workspace with lakeward.dev/approve-deletions=HASH; a manifest whose remote object is to stay, with lakeward.dev/abandon=true.',
  },
  DeletionsApproved: {
    meaning: 'Somebody approved the deletions that waited: what was asked for until then goes on.',
    remedy: 'Nothing.',
  },
  Retired: {
    meaning: 'The manifest was deleted; its job stays with its history, and nothing starts it any more.',
    remedy: 'To run it again, apply the manifest again; what it says about pauses counts.',
  },
  Retained: { meaning: 'The manifest was deleted and the remote object was left alone.', remedy: 'Nothing.' },
} as const satisfies Record<string, ReasonText>
