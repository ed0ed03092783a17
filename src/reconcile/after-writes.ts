import { kept, type Judged, type Obstacle } from './decide.ts'
import { restingOutcome, soon } from './deed.ts'
import { telling } from './findings.ts'
import { historyOf, standingAfterWrite, usualSettling } from './history.ts'
import { stalled, stalledCheck, waiting, type Outcome } from './outcome.ts'
import { intervalOf, type Pass } from './pass.ts'
import type { Reason } from './reasons.ts'
import { firstFew } from './sentences.ts'
import { driftOf, isSettling, type Tally } from './tally.ts'
import { withRemedy } from './with-remedy.ts'

/** How a pass ends that has written all it may, by what became of what it wrote, now or earlier. */
export function outcomeAfter(pass: Pass, tally: Tally): Outcome {
  return stopped(pass, tally) ?? late(pass, tally) ?? postponed(pass, tally) ?? restingOutcome(pass, tally)
}

/** A difference that was written just now and has not read back. */
export function asLate({ kind, environment, writer, generation }: Pass): (judged: Judged) => Judged {
  const now = environment.clock.now()
  const { settles = usualSettling } = kind
  return (judged) => {
    const persists = kind.persists?.(judged.difference) === true
    const history = historyOf(writer.status, generation)
    const standing = standingAfterWrite(judged.difference.text, history, { now, settles, persists })
    return standing.is === 'Free' ? judged : kept(judged, standing)
  }
}

/** Something is not written any more: a person has to see to it. The rest of the object goes on. */
export function stopped(pass: Pass, tally: Tally): Outcome | undefined {
  const stops = tally.judged.filter(({ action }) => action === 'Blocked')
  const reason = reasonOf(stops)
  if (reason === undefined) return undefined
  const nextCheck = tally.judged.some(isSettling) ? soon : stalledCheck
  return stalled(reason, withRemedy(told(pass, tally, stops), reason), nextCheck)
}

function late({ environment }: Pass, { judged, missingParts }: Tally): Outcome | undefined {
  const settling = judged.filter(isSettling)
  if (settling.length === 0 || missingParts.length > 0) return undefined
  const paths = settling.map(({ difference }) => difference.text)
  const left = settling.map(({ standing }) =>
    standing?.is === 'Settling' ? standing.until - environment.clock.now() : 0,
  )
  const after = Math.min(soon, Math.max(1_000, ...left))
  return waiting('Settling', `written, and not read back yet: ${firstFew(paths)}`, after)
}

/** What must not stop is written again, but rarely. */
function postponed(pass: Pass, tally: Tally): Outcome | undefined {
  const waits = tally.judged.filter(({ standing }) => standing !== undefined)
  const reason = reasonOf(waits)
  if (reason === undefined || tally.missingParts.length > 0) return undefined
  const now = pass.environment.clock.now()
  const left = waits.flatMap(({ standing }) =>
    standing !== undefined && standing.until !== undefined ? [standing.until - now] : [],
  )
  const after = Math.max(1_000, Math.min(intervalOf(pass), ...left))
  return waiting(reason, told(pass, tally, waits), after)
}

function reasonOf(judged: readonly Judged[]): Reason | undefined {
  for (const { standing } of judged)
    if (standing !== undefined && standing.is !== 'Settling') return reasonOfStanding(standing.is)
  return undefined
}

function reasonOfStanding(is: Exclude<Obstacle['is'], 'Settling'>): Reason {
  if (is === 'Forbidden') return 'OwnRight'
  return is === 'Imposed' ? 'PolicyEnforced' : is
}

/** Some of the differences, with both values and who, masked and cut as in the status. */
function told({ writer, seenAt }: Pass, tally: Tally, some: readonly Judged[]): string {
  const previous = writer.status.drift?.changes ?? []
  const { changes = [] } = driftOf(
    { ...tally, judged: [...some] },
    { previous, now: seenAt, vanished: false },
  )
  return firstFew(changes.map(telling(tally)))
}
