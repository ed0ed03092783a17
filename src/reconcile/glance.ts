import type { JsonObject } from '../databricks/json.ts'
import type { Session } from '../kinds/kind.ts'
import { circumstancesOf } from './circumstances.ts'
import { isNews } from './conclude.ts'
import { decide } from './decide.ts'
import { conclusionOf, inTime, restingOutcome } from './deed.ts'
import { lastAppliedOf, standing } from './look.ts'
import type { Outcome } from './outcome.ts'
import { restingOf, sightOf, unlentAdoption, type Pass } from './pass.ts'
import { firstFew } from './sentences.ts'
import type { State } from './state.ts'
import type { Answer } from './sweeps.ts'
import { tallyOf } from './tally.ts'

/** What could be said without reading the object itself. */
export type Glimpse =
  | { is: 'Enough'; outcome: Outcome }
  /** Look properly. `doubt`: a listing shows something else than the status does. */
  | { is: 'Look'; doubt?: string }

/**
 * Before an object is read: what a listing that began in the slot of this check says about it, if the check is a
 * routine that nobody asked for. It is enough only if it says that nothing is new, down to the last word of the
 * status; whatever else it shows is confirmed by a read before anything is decided, and what it does not show is
 * never missing.
 */
export function glance(pass: Pass, session: Session): Glimpse {
  const { sweeps } = pass.environment
  const { sweep } = pass.kind
  const resting = restingOf(pass)
  if (resting === undefined || sweep === undefined || pass.lane !== 'background') {
    sweeps.leave(pass.facts.object.metadata.uid)
    return { is: 'Look' }
  }
  const asked = sweeps.ask(resting, { session, sweep })
  if (asked.is === 'Later') return { is: 'Enough', outcome: { is: 'Settled', nextCheck: asked.after } }
  const glimpse = asked.is === 'Listed' ? judge(pass, session, asked.item) : look(asked.doubt)
  sweeps.answered(resting, answerOf(glimpse))
  return glimpse
}

const look = (doubt?: string): Glimpse => ({ is: 'Look', ...(doubt === undefined ? {} : { doubt }) })

const answerOf = (glimpse: Glimpse): Answer => {
  if (glimpse.is === 'Enough') return 'Listing'
  return glimpse.doubt === undefined ? 'Read' : 'Doubt'
}

/** After a read: if that found nothing new, the listing that said otherwise was wrong. */
export function judgeDoubt(pass: Pass, glimpse: Glimpse): void {
  const resting = restingOf(pass)
  const hasWritten = pass.writer.object !== pass.facts.object
  if (glimpse.is === 'Look' && glimpse.doubt !== undefined && resting !== undefined && !hasWritten)
    pass.environment.sweeps.doubt(resting, glimpse.doubt)
}

function judge(pass: Pass, session: Session, item: JsonObject): Glimpse {
  const { kind } = pass
  const subject = pass.subject(session)
  const found = kind.sweep?.found(item, subject)
  if (found === undefined) return look('it is not shown whole')
  const before = lastAppliedOf(subject)
  const states = standing(kind, subject, { ...sightOf(pass), found, lastApplied: before })
  const decisions = states.map((state) => decide(state, circumstancesOf(pass, session, state.part)))
  const tally = tallyOf(decisions)
  const deed = { pass, session, states, decisions, before }
  const differing = states.filter(({ state }) => state.is !== 'InSync').map(({ state }) => told(state))
  if (differing.length > 0) return look(differing.join('; '))
  if (unlentAdoption(pass, states, session) !== undefined) return look('it has what is not lent')
  const ending = { tally, outcome: { is: 'Settled', nextCheck: 0 } } as const
  if (isNews(pass, conclusionOf(deed, ending)))
    return look('something else than the settings is not as the status says')
  return { is: 'Enough', outcome: inTime(pass, { outcome: restingOutcome(pass, tally), tally }) }
}

const told = (state: State): string =>
  state.is === 'Differs' ? firstFew(state.differences.map(({ text }) => text)) : state.is
