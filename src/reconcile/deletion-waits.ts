import { annotations } from './annotations.ts'
import { outcomeOfFailure } from './failure.ts'
import { waiting, type Outcome } from './outcome.ts'
import type { Pass } from './pass.ts'
import { sentences } from './with-remedy.ts'
import { isWorkspaceTrouble, sentenceOfTrouble } from './workspace-trouble.ts'

/** How long to wait before looking again at what blocks a deletion, in milliseconds. */
export const blockedCheck = 60_000

/** Why an object stays, and how to let it go all the same. */
export const withWayOut = (why: string, { kind, facts }: Pass): string =>
  sentences(
    why,
    `To leave the remote side as it is: kubectl annotate ${kind.definition.singular} ${facts.object.metadata.name} -n ${facts.object.metadata.namespace ?? ''} --overwrite ${annotations.abandon}=true`,
  )

/**
 * A call that failed while deleting keeps the object waiting: with Databricks' words, or with those of the workspace
 * where it is that which does not work. Undefined for a bug, a conflict or a stop of the program.
 */
export function deletionFailure(error: unknown, pass: Pass): Outcome | undefined {
  const { connection, workspaceKey } = pass.facts
  const session = connection.is === 'Unchecked' ? undefined : connection.session
  const outcome = outcomeOfFailure(error, session?.me)
  if (outcome === undefined || outcome.is === 'Settled') return undefined
  // What passes by itself is no reason to think of the way out.
  const passes = outcome.is === 'Retry' && outcome.reason !== 'Unreachable'
  const isItsTrouble = session !== undefined && !passes && isWorkspaceTrouble(error)
  if (isItsTrouble) pass.environment.reportTrouble(workspaceKey, session, error.message)
  const why = isItsTrouble ? sentenceOfTrouble(error, pass.facts) : outcome.message
  if (outcome.is === 'Retry')
    return { ...outcome, reason: 'DeletionWaits', message: passes ? why : withWayOut(why, pass) }
  const after = outcome.is === 'Waiting' ? outcome.after : blockedCheck
  return waiting('DeletionWaits', withWayOut(why, pass), after)
}
