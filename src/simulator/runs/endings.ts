import type { Switches } from '../switches.ts'
import type { Ending, QueueReason, Result, Run } from './run.ts'

/** All went well. */
export const succeeded: Ending = {
  lifeCycle: 'TERMINATED',
  result: 'SUCCESS',
  message: '',
  code: 'SUCCESS',
  type: 'SUCCESS',
}

/** Somebody asked for it. */
export const canceled: Ending = {
  lifeCycle: 'TERMINATED',
  result: 'CANCELED',
  message: 'Run cancelled.',
  code: 'USER_CANCELED',
  type: 'CLIENT_ERROR',
}

/** It took longer than its `timeout_seconds`. */
export const timedOut = (seconds: number): Ending => ({
  lifeCycle: 'TERMINATED',
  result: 'TIMEDOUT',
  message: `Run timed out after ${seconds} seconds.`,
  code: 'CANCELED',
  type: 'CLIENT_ERROR',
})

/** It ran and failed. */
export const failed = (why: Partial<Pick<Ending, 'message' | 'code' | 'type'>>): Ending => ({
  lifeCycle: 'TERMINATED',
  result: 'FAILED',
  message: 'Workload failed, see run output for details',
  code: 'RUN_EXECUTION_ERROR',
  type: 'CLIENT_ERROR',
  ...why,
})

const notRunMessages = {
  UPSTREAM_FAILED: 'An upstream task failed.',
  UPSTREAM_CANCELED: 'An upstream task was canceled.',
  EXCLUDED: 'The condition to run the task was not met.',
  DISABLED: 'The task is disabled.',
} as const

/** A task that was passed over because of what became of others. */
export const notRun = (result: keyof typeof notRunMessages, switches: Switches): Ending => ({
  lifeCycle: switches.passedOverTask,
  result,
  message: notRunMessages[result],
  code: result === 'DISABLED' ? 'DISABLED' : 'SKIPPED',
  type: result === 'UPSTREAM_FAILED' ? 'CLIENT_ERROR' : 'SUCCESS',
})

/** A run that never began since too much else was under way, and that may not wait. */
export const skipped = (reason: QueueReason, switches: Switches): Ending =>
  reason === 'MAX_CONCURRENT_RUNS_REACHED'
    ? {
        lifeCycle: 'SKIPPED',
        result: switches.skippedRunResult,
        message: 'Skipped because the maximum number of concurrent runs was reached',
        code: 'MAX_CONCURRENT_RUNS_EXCEEDED',
        type: 'CLIENT_ERROR',
      }
    : {
        lifeCycle: 'SKIPPED',
        result: undefined,
        message: 'Skipped because the limit of active task runs in the workspace was reached',
        code: 'WORKSPACE_RUN_LIMIT_EXCEEDED',
        type: 'CLIENT_ERROR',
      }

/** A run that waited too long for its turn. */
export const leftQueue = (hours: number): Ending => ({
  lifeCycle: 'SKIPPED',
  result: undefined,
  message: `Skipped after ${hours} hours in the queue`,
  code: 'SKIPPED',
  type: 'CLIENT_ERROR',
})

const failures = new Set<Result | undefined>(['FAILED', 'TIMEDOUT', 'UPSTREAM_FAILED'])
const cancellations = new Set<Result | undefined>(['CANCELED', 'UPSTREAM_CANCELED'])

/** Whether this counts as a failure to whoever waits for it. */
export const isFailure = (result: Result | undefined): boolean => failures.has(result)

/** Whether this was stopped by hand, or passed over because of that. */
export const isCancellation = (result: Result | undefined): boolean => cancellations.has(result)

/** What a run_job_task ends as when the run that it started does. */
export function endingOfChild({ result, message, code }: Ending): Ending {
  if (result === 'SUCCESS' || result === 'SUCCESS_WITH_FAILURES') return succeeded
  return result === 'CANCELED' ? canceled : failed({ message: message.replace(/\.$/, ''), code })
}

/**
 * What a run ends as once all its tasks have ended: the leaves decide, that is the tasks that no other one
 * waits for. A failure further up that they outlived is only mentioned.
 */
export function endingOf(run: Run, switches: Switches): Ending {
  const attempts = [...run.latest.values()]
  const awaited = new Set(attempts.flatMap(({ task }) => task.depends_on?.map(({ task_key }) => task_key)))
  const leaves = attempts
    .filter(({ task }) => !awaited.has(task.task_key))
    .map(({ ending }) => ending?.result)
  if (leaves.some(isFailure)) return failedRun(run, switches)
  if (leaves.some(isCancellation)) return canceled
  return attempts.some(({ ending }) => isFailure(ending?.result))
    ? { ...succeeded, result: 'SUCCESS_WITH_FAILURES', code: 'SUCCESS_WITH_FAILURES' }
    : succeeded
}

/** An ordinary failure of a task is an INTERNAL_ERROR of the run on most compute: nothing broke at Databricks. */
function failedRun({ latest }: Run, switches: Switches): Ending {
  const attempts = [...latest.values()]
  const first = attempts.find(({ ending }) => ending?.result === 'FAILED' || ending?.result === 'TIMEDOUT')
  const message = `Task ${first?.task.task_key} failed with message: ${first?.ending?.message}.`
  const hasSkipped = attempts.some(({ ending }) => ending?.result === 'UPSTREAM_FAILED')
  return {
    ...failed({
      message: hasSkipped ? `${message} This caused all downstream tasks to get skipped.` : message,
    }),
    lifeCycle: switches.failedRun,
  }
}
