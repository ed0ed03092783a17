import { correct } from './act.ts'
import type { Hands } from './hands.ts'
import { strikeClaims } from './claims.ts'
import type { Decision } from './decide.ts'
import { stalled, waiting, type Outcome } from './outcome.ts'
import { finish, restingOutcome, soon, type Deed } from './deed.ts'
import { withRemedy } from './with-remedy.ts'
import type { PartState } from './state.ts'
import { firstFew } from './sentences.ts'
import { pendingOf, tallyOf, type Tally } from './tally.ts'

/** After so many writes in a row that left the very same difference we stop writing. */
const mostUnconfirmed = 2

type Differ = Decision & { is: 'Differ' }

/** Writes what may be written, part by part, and says what is left. */
export async function correctParts(deed: Deed, hands: Hands): Promise<Outcome> {
  const { pass, decisions } = deed
  await keepRecord(deed, hands)
  const writes = decisions.filter((decision): decision is Differ => isWrite(decision))
  const seen = tallyOf(decisions)
  if (writes.length > 0) return writeAndConfirm(deed, hands, writes)
  pass.environment.memory.confirmed(pass.facts.object.metadata.uid)
  return finish(deed, { tally: seen, outcome: restingOutcome(pass, seen) })
}

/** For entries in somebody else's object: where we look, and what of our record has become untrue. */
async function keepRecord({ pass, session, states }: Deed, hands: Hands): Promise<void> {
  if (pass.kind.claims === undefined) return
  // Others of the kind find whoever wants the same entry by the workspace that he looked at.
  await pass.writer.identity({ workspaceId: session.workspaceId })
  for (const { part, state } of states) if ('found' in state) await strikeClaims(hands, part, state.found)
}

async function writeAndConfirm(deed: Deed, hands: Hands, writes: readonly Differ[]): Promise<Outcome> {
  const { pass, decisions } = deed
  const { memory } = pass.environment
  const { uid } = pass.facts.object.metadata
  const before = withPending(tallyOf(decisions))
  const signature = writes.flatMap(({ correct }) => correct.map(({ text }) => text)).join(', ')
  const approved = approvalOf(deed)
  const isEndless = memory.unconfirmed(uid, signature) >= mostUnconfirmed
  const obstacle = busy(writes) ?? (isEndless ? endless(signature) : undefined)
  if (obstacle !== undefined) return finish(deed, { tally: before, outcome: obstacle, approved })

  // Nothing hidden: what somebody changed stands in the status before it is put back. And so does an approval
  // before it is used, because GitOps tools remove annotations that are not in Git.
  const putBack = writes.some(({ correct }) => correct.some(({ cause }) => cause !== 'SpecChanged'))
  if (putBack || approved !== undefined)
    await finish(deed, { tally: before, outcome: { is: 'Settled', nextCheck: 0 }, approved })

  const after = withPending(tallyOf(await writeAll(deed, hands)))
  const left = after.judged.filter(({ action }) => action === 'Correct')
  if (left.length === 0) {
    memory.confirmed(uid)
    return finish(deed, { tally: after, outcome: restingOutcome(pass, after), putBack })
  }
  memory.countUnconfirmed(uid, signature)
  const message = `sent, and not read back yet: ${firstFew(left.map(({ difference }) => difference.text))}`
  return finish(deed, {
    tally: after,
    outcome: { is: 'Retry', reason: 'ConfirmingChange', message },
    putBack,
  })
}

const withPending = (tally: Tally): Tally => ({ ...tally, pending: pendingOf(tally) })

const isWrite = (decision: Decision): boolean => decision.is === 'Differ' && decision.correct.length > 0

function busy(writes: readonly Differ[]): Outcome | undefined {
  const one = writes.find(({ found }) => found.busy !== undefined)
  if (one?.found.busy === undefined) return undefined
  return waiting(
    'RemoteBusy',
    `${one.found.busy}; the change goes out when that is over`,
    one.found.checkSoon ?? soon,
  )
}

const endless = (signature: string): Outcome =>
  stalled('DoesNotConverge', withRemedy(`written twice and still different: ${signature}`, 'DoesNotConverge'))

/** The approval under which a held change goes out, kept until it is out. */
function approvalOf({ decisions }: Deed): string | undefined {
  for (const decision of decisions)
    if (decision.is === 'Differ' && decision.released !== undefined) return decision.released
  return undefined
}

/** The decisions as they stand after their writes: what was written and read back is no longer among them. */
async function writeAll({ states, decisions }: Deed, hands: Hands): Promise<Decision[]> {
  const after: Decision[] = []
  for (const [index, decision] of decisions.entries()) {
    const state = states[index]
    after.push(
      state === undefined || decision.is !== 'Differ' ? decision : await write(decision, state, hands),
    )
  }
  return after
}

async function write(decision: Differ, state: PartState, hands: Hands): Promise<Decision> {
  if (decision.correct.length === 0) return decision
  const { found, remaining, yielded } = await correct(hands, {
    ...state,
    found: decision.found,
    differences: decision.correct,
    left: decision.judged
      .filter(({ action, difference }) => action !== 'Correct' && difference.owned)
      .map(({ difference }) => difference),
  })
  const written = new Set(decision.correct.map(({ text }) => text))
  const still = new Set(remaining.map(({ text }) => text))
  return {
    ...decision,
    found: found ?? decision.found,
    judged: decision.judged.filter(
      ({ difference: { text } }) => !yielded.has(text) && (!written.has(text) || still.has(text)),
    ),
  }
}
