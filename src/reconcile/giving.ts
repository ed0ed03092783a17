import { instant } from '../clock.ts'
import type { Claim } from '../kinds/status.ts'
import { copyOf, record, strikeClaims } from './claims.ts'
import type { Decision } from './decide.ts'
import type { Deed } from './deed.ts'
import { isWithoutEffect } from './guarded.ts'
import { usualSettling } from './history.ts'
import type { Hands } from './hands.ts'
import type { Pass } from './pass.ts'
import { recording } from './recording.ts'
import { isConflict, type IdentityFields } from './writer.ts'

/*
 * What an object gives in somebody else's. It is recorded as added before it is sent, and that something is on its way,
 * too: a write that was not answered may still take effect, also when whoever sent it is gone. Until it cannot any more,
 * the record stays, whatever is read, and so does the object.
 */

/** How many milliseconds longer it may take effect; undefined: nothing is on its way. */
export function doubtOf({ kind, environment, writer }: Pass): number | undefined {
  const { attempt } = writer.status
  if (attempt === undefined) return undefined
  const { memory, sightings, attemptSettle } = environment
  const { uid } = writer.object.metadata
  const { settles = usualSettling } = kind
  const longest = memory.isAnswered(uid, attempt.mark) ? Math.min(settles, attemptSettle) : attemptSettle
  const left = longest - sightings.attemptAge(uid, attempt)
  return left > 0 ? left : undefined
}

/** What is given, and where. */
interface Gift {
  part: string
  claims: readonly Claim[]
}

/** Gives by a write of the object's kind. What was in vain for sure is struck from the record again. */
export async function give(
  hands: Pick<Hands, 'writer' | 'clock'>,
  gift: Gift,
  write: () => Promise<void>,
): Promise<void> {
  if (gift.claims.length === 0) return write()
  const withdraw = await announce(hands, gift)
  await write().catch(async (error: unknown) => {
    if (isWithoutEffect(error)) await withdraw()
    throw error
  })
}

/** Records it. What it returns takes that back, unless somebody has touched the record who may have handed over the same. */
async function announce(
  { writer, clock }: Pick<Hands, 'writer' | 'clock'>,
  { part, claims }: Gift,
): Promise<() => Promise<void>> {
  let before: Pick<IdentityFields, 'added' | 'attempt'> = {}
  let ours: string | undefined
  await recording(() =>
    writer.amend(({ added, attempt }) => {
      before = { added, attempt }
      ours = copyOf(writer)
      return {
        added: record(added, claims),
        attempt: { at: instant(clock.now()), name: part, mark: ours },
      }
    }),
  )
  return async () => {
    if (writer.status.attempt?.mark !== ours) return
    await writer.intent({ added: before.added, attempt: before.attempt }).catch((error: unknown) => {
      if (!isConflict(error)) throw error
    })
  }
}

/** For a look at all parts: strikes what has become untrue. Returns whether something is on its way. */
export async function keepRecord({ pass, states }: Deed, hands: Hands): Promise<boolean> {
  if (pass.kind.claims === undefined) return false
  if (doubtOf(pass) !== undefined) return true
  for (const { part, state } of states) if ('found' in state) await strikeClaims(hands, part, state.found)
  await pass.writer.identity({ attempt: undefined })
  return false
}

/** After writes that were all answered: what they gave is on its way only as long as it is not seen. */
export async function confirmGiven(
  { pass, session, states }: Deed,
  decisions: readonly Decision[],
): Promise<void> {
  const { claims } = pass.kind
  if (claims === undefined || pass.writer.status.attempt === undefined) return
  const subject = pass.subject(session)
  const isSeen = states.every(({ part }, index) => {
    const decision = decisions[index]
    // A securable that is gone took along whatever it had.
    return decision === undefined || !('found' in decision)
      ? true
      : claims.unseen(subject, part, decision.found).length === 0
  })
  if (isSeen) return pass.writer.identity({ attempt: undefined })
  const { object, status } = pass.writer
  pass.environment.memory.answered(object.metadata.uid, status.attempt?.mark ?? '')
}
