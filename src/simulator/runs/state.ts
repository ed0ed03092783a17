import { isStarting, type Attempt, type Ending, type QueueReason, type Run } from './run.ts'

/** The old `state` and the newer `status`, which a read shows side by side. */
export interface States {
  readonly state: object
  readonly status: object
}

const queueMessages: Readonly<Record<QueueReason, string>> = {
  MAX_CONCURRENT_RUNS_REACHED: 'Queued due to reaching maximum concurrent runs of the job.',
  ACTIVE_RUNS_LIMIT_REACHED: 'Queued due to reaching the limit of active task runs in the workspace.',
}

/** The states of a run. */
export function statesOfRun(run: Run): States {
  switch (run.phase) {
    case 'Queued': {
      const code = run.queueReason ?? 'MAX_CONCURRENT_RUNS_REACHED'
      return {
        state: {
          life_cycle_state: 'QUEUED',
          state_message: '',
          user_cancelled_or_timedout: false,
          queue_reason: queueMessages[code],
        },
        status: { state: 'QUEUED', queue_details: { code, message: queueMessages[code] } },
      }
    }
    case 'Active':
      return isStarting(run) ? going('PENDING', 'Waiting for cluster') : going('RUNNING', 'In run')
    case 'Terminating':
      return going('TERMINATING', 'Terminating the run')
    case 'Ended':
      return ended(run.ending)
    default:
      return run.phase satisfies never
  }
}

/** The states of an attempt at a task. */
export function statesOfAttempt({ phase, ending }: Pick<Attempt, 'phase' | 'ending'>): States {
  switch (phase) {
    case 'Blocked':
      return going('BLOCKED', '')
    case 'Retrying':
      return going('WAITING_FOR_RETRY', '', 'WAITING')
    case 'Pending':
      return going('PENDING', 'Waiting for cluster')
    case 'Running':
      return going('RUNNING', 'In run')
    case 'Terminating':
      return going('TERMINATING', 'Terminating the run')
    case 'Ended':
      return ended(ending)
    default:
      return phase satisfies never
  }
}

/** The states of a part that is over. */
export function ended(ending: Ending | undefined): States {
  const { lifeCycle = 'TERMINATED', result, message = '', code, type } = ending ?? {}
  return {
    state: {
      life_cycle_state: lifeCycle,
      result_state: result,
      state_message: message,
      user_cancelled_or_timedout: result === 'CANCELED' || result === 'TIMEDOUT',
    },
    status: { state: 'TERMINATED', termination_details: { code, type, message } },
  }
}

/** The states of a part that is under way; the newer words differ in one place. */
export const going = (lifeCycle: string, message: string, newer = lifeCycle): States => ({
  state: { life_cycle_state: lifeCycle, state_message: message, user_cancelled_or_timedout: false },
  status: { state: newer },
})
