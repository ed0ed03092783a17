import type { Task } from '../jobs/task.ts'
import { isCancellation, isFailure } from './endings.ts'
import { isEnded, type Attempt, type Run } from './run.ts'

/** What a task that waits for others does next. */
export type Verdict = 'Wait' | 'Run' | 'UPSTREAM_FAILED' | 'UPSTREAM_CANCELED' | 'EXCLUDED' | 'DISABLED'

type Fate = 'Succeeded' | 'Failed' | 'Canceled' | 'Excluded' | 'Disabled'

/**
 * Whether a task may run, given what became of those it depends on. Dependencies that are no part of the run
 * (run-now's `only`) count for nothing. An excluded one counts as successful; if all are, so is the task.
 */
export function verdictOn(task: Task, run: Run): Verdict {
  if (task.disabled === true) return 'DISABLED'
  const fates: Fate[] = []
  for (const { task_key, outcome } of task.depends_on ?? []) {
    const attempt = run.latest.get(task_key)
    if (attempt === undefined) continue
    if (!isEnded(attempt)) return 'Wait'
    fates.push(fateOf(attempt, outcome))
  }
  if (fates.length === 0) return 'Run'
  if (fates.every((fate) => fate === 'Excluded')) return 'EXCLUDED'
  return isMet(task.run_if ?? 'ALL_SUCCESS', fates) ? 'Run' : whyNot(task.run_if, fates)
}

/** What an ended task is to one that waits for it, possibly for one outcome of a condition only. */
function fateOf({ ending, plan }: Attempt, outcome: string | undefined): Fate {
  const result = ending?.result
  if (isFailure(result)) return 'Failed'
  if (isCancellation(result)) return 'Canceled'
  if (result === 'DISABLED') return 'Disabled'
  if (result === 'EXCLUDED' || (outcome !== undefined && outcome !== plan?.outcome)) return 'Excluded'
  return 'Succeeded'
}

function isMet(condition: NonNullable<Task['run_if']>, fates: readonly Fate[]): boolean {
  const has = (fate: Fate): boolean => fates.includes(fate)
  switch (condition) {
    case 'ALL_SUCCESS':
      return fates.every((fate) => fate === 'Succeeded' || fate === 'Excluded')
    case 'ALL_DONE':
      return true
    case 'NONE_FAILED':
      return has('Succeeded') && !has('Failed') && !has('Canceled')
    case 'AT_LEAST_ONE_SUCCESS':
      return has('Succeeded')
    case 'AT_LEAST_ONE_FAILED':
      return has('Failed')
    case 'ALL_FAILED':
      return fates.every((fate) => fate === 'Failed')
    default:
      return condition satisfies never
  }
}

/** A task that is there to handle failures is not a failure itself when there are none. */
function whyNot(condition: Task['run_if'], fates: readonly Fate[]): Verdict {
  const handlesFailure = condition === 'AT_LEAST_ONE_FAILED' || condition === 'ALL_FAILED'
  if (!handlesFailure && fates.includes('Failed')) return 'UPSTREAM_FAILED'
  if (!handlesFailure && fates.includes('Canceled')) return 'UPSTREAM_CANCELED'
  return fates.includes('Disabled') ? 'DISABLED' : 'EXCLUDED'
}
