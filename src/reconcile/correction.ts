import { reportedPath } from '../drift/report.ts'
import type { Status } from '../kinds/status.ts'
import { correct } from './act.ts'
import type { Hands } from './hands.ts'
import type { Decision } from './decide.ts'
import { waiting, type Outcome } from './outcome.ts'
import { driftIn, finish, soon, type Deed } from './deed.ts'
import { asLate, outcomeAfter, stopped } from './after-writes.ts'
import { confirmGiven, keepRecord } from './giving.ts'
import type { Pass } from './pass.ts'
import type { PartState } from './state.ts'
import { pendingOf, tallyOf, type Tally } from './tally.ts'

type Differ = Decision & { is: 'Differ' }

/** Writes what may be written, part by part, and says what is left. */
export async function correctParts(deed: Deed, hands: Hands): Promise<Outcome> {
  const inDoubt = await keepRecord(deed, hands)
  const writes = deed.decisions.filter((decision): decision is Differ => isWrite(decision))
  if (writes.length > 0) return writeAndConfirm(deed, hands, { writes, inDoubt })
  const seen = withPending(tallyOf(deed.decisions))
  return finish(deed, { tally: seen, outcome: outcomeAfter(deed.pass, seen) })
}

async function writeAndConfirm(
  deed: Deed,
  hands: Hands,
  { writes, inDoubt }: { writes: readonly Differ[]; inDoubt: boolean },
): Promise<Outcome> {
  const { pass, decisions } = deed
  const before = withPending(tallyOf(decisions))
  const approved = approvalOf(deed)
  const obstacle = busy(writes)
  if (obstacle !== undefined)
    return finish(deed, { tally: before, outcome: stopped(pass, before) ?? obstacle, approved })

  // Nothing hidden: what somebody changed stands in the status before it is put back. And so does an approval
  // before it is used, because GitOps tools remove annotations that are not in Git.
  const putBack = writes.flatMap(({ correct }) => driftIn(correct))
  if (approved !== undefined || !putBack.every(isToldIn(pass.writer.status))) {
    const outcome = stopped(pass, before) ?? { is: 'Settled', nextCheck: 0 }
    await finish(deed, { tally: before, outcome, approved })
  }

  const decided = await writeAll(deed, hands)
  if (!inDoubt) await confirmGiven(deed, decided)
  const after = withPending(tallyOf(decided))
  return finish(deed, { tally: after, outcome: outcomeAfter(pass, after) })
}

/** What is tried again without much hope stands in the status already, as something that only a person can mend. */
const isToldIn = ({ drift }: Status): ((text: string) => boolean) => {
  const blocked = new Set(
    drift?.changes?.filter(({ action }) => action === 'Blocked').map(({ path }) => path),
  )
  return (text) => blocked.has(reportedPath(text))
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

/** The approval under which a held change goes out, kept until it is out. */
function approvalOf({ decisions }: Deed): string | undefined {
  for (const decision of decisions)
    if (decision.is === 'Differ' && decision.released !== undefined) return decision.released
  return undefined
}

/** The decisions as they stand after their writes: what was written and read back is no longer among them. */
async function writeAll({ pass, states, decisions }: Deed, hands: Hands): Promise<Decision[]> {
  const after: Decision[] = []
  for (const [index, decision] of decisions.entries()) {
    const state = states[index]
    after.push(
      state === undefined || decision.is !== 'Differ'
        ? decision
        : await write(decision, { hands, state, pass }),
    )
  }
  return after
}

async function write(
  decision: Differ,
  { hands, state, pass }: { hands: Hands; state: PartState; pass: Pass },
): Promise<Decision> {
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
  const still = new Set(remaining.map(({ text }) => text).filter((text) => !yielded.has(text)))
  const confirmed = [...written].filter((text) => !still.has(text))
  pass.environment.memory.confirmed(pass.facts.object.metadata.uid, confirmed)
  const late = asLate(pass)
  return {
    ...decision,
    found: found ?? decision.found,
    judged: decision.judged.flatMap((judged) => {
      const { text } = judged.difference
      if (yielded.has(text)) return []
      if (!written.has(text)) return [judged]
      return still.has(text) ? [late(judged)] : []
    }),
  }
}
