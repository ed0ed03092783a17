import { milliseconds } from './attempts.ts'
import { succeeded } from './endings.ts'
import { concurrencyOf } from './plan.ts'
import type { Attempt } from './run.ts'
import { ended, going, type States } from './state.ts'

/*
 * The turns of a for_each_task have no state of their own: they follow one another in groups of equal length,
 * so that the state of each follows from the instant. If the task fails, its last turn did.
 */

/** One turn: from when to when it runs, unless the whole is stopped before. */
interface Turn {
  readonly id: bigint
  readonly index: number
  readonly from: number
  readonly to: number
}

function turnsOf(attempt: Attempt): Turn[] {
  const { turnIds, ranAt, plan, task } = attempt
  const atOnce = task.for_each_task === undefined ? 1 : concurrencyOf(task.for_each_task)
  const groups = Math.ceil(turnIds.length / atOnce)
  const length = groups === 0 ? 0 : milliseconds((plan?.seconds ?? 0) / groups)
  return turnIds.map((id, index) => {
    const from = ranAt + Math.floor(index / atOnce) * length
    return { id, index, from, to: from + length }
  })
}

type TurnState = 'Scheduled' | 'Active' | 'Succeeded' | 'Failed' | 'Canceled'

function stateOf(turn: Turn, attempt: Attempt, now: number): TurnState {
  const isOver = attempt.phase === 'Ended'
  const result = attempt.ending?.result
  if (isOver && result === 'FAILED' && turn.index === attempt.turnIds.length - 1) return 'Failed'
  const until = isOver ? attempt.endedAt : now
  if (turn.to <= until) return 'Succeeded'
  if (isOver) return 'Canceled'
  return turn.from <= until ? 'Active' : 'Scheduled'
}

/** How far a loop has got, as its `stats` say. */
export function loopStats(attempt: Attempt, now: number): object {
  const states = turnsOf(attempt).map((turn) => stateOf(turn, attempt, now))
  const count = (...wanted: TurnState[]): number => states.filter((state) => wanted.includes(state)).length
  return {
    task_run_stats: {
      total_iterations: states.length,
      scheduled_iterations: count('Scheduled'),
      active_iterations: count('Active'),
      completed_iterations: count('Succeeded', 'Failed', 'Canceled'),
      succeeded_iterations: count('Succeeded'),
      failed_iterations: count('Failed'),
    },
  }
}

/** The turns as the `iterations` of a read of the loop's task run. */
export const describeTurns = (attempt: Attempt, now: number): object[] =>
  turnsOf(attempt).map((turn) => {
    const state = stateOf(turn, attempt, now)
    const isOver = state !== 'Scheduled' && state !== 'Active'
    return {
      ...attempt.task.for_each_task?.task,
      task_key: `${attempt.task.task_key}_iteration`,
      run_id: turn.id,
      attempt_number: 0,
      start_time: state === 'Scheduled' ? 0 : turn.from,
      end_time: isOver ? Math.min(turn.to, attempt.endedAt || turn.to) : 0,
      ...statesOfTurn(state, attempt),
    }
  })

function statesOfTurn(state: TurnState, { ending }: Attempt): States {
  switch (state) {
    case 'Scheduled':
      return going('PENDING', '')
    case 'Active':
      return going('RUNNING', 'In run')
    case 'Succeeded':
      return ended(succeeded)
    case 'Failed':
    case 'Canceled':
      return ended(ending)
    default:
      return state satisfies never
  }
}
