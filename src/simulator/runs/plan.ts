import { parseJson, type Json } from '../../databricks/json.ts'
import type { Task } from '../jobs/task.ts'
import { failed, succeeded } from './endings.ts'
import type { Outcome } from './outcomes.ts'
import { resolved } from './references.ts'
import type { Ending, Plan, Run } from './run.ts'

/** How long an attempt takes unless something else was ordered, in virtual seconds. */
const usual = { setupSeconds: 5, seconds: 20 } as const

type Loop = NonNullable<Task['for_each_task']>

/** How many turns of a for_each_task go on at once unless it says so. */
const usualConcurrency = 20

/** More than any real loop has; it keeps a hostile one from filling the memory. */
const mostTurns = 100_000

/** What will become of an attempt at a task, as ordered from outside or as things usually go. */
export function planFor(run: Run, task: Task, order: Outcome | undefined): Plan {
  const { seconds = usual.seconds, setupSeconds = usual.setupSeconds } = order ?? {}
  const plan: Plan = {
    setupSeconds,
    seconds,
    ending: order?.result === 'FAILED' ? failure(order) : succeeded,
    output: order?.output,
    error: order?.error,
    outcome: undefined,
  }
  if (task.condition_task !== undefined) return conditionPlan(plan, task.condition_task, { run, task })
  if (task.for_each_task !== undefined) return loopPlan(plan, inputsOf(task, run), task.for_each_task)
  return plan
}

function failure({ message, code, type }: Outcome): Ending {
  return failed({
    ...(message !== undefined && { message }),
    ...(code !== undefined && { code }),
    ...(type !== undefined && { type }),
  })
}

/** A condition needs no compute. */
function conditionPlan(
  plan: Plan,
  { op, left, right }: NonNullable<Task['condition_task']>,
  { run, task }: { run: Run; task: Task },
): Plan {
  const outcome = compare(op, resolved(left, run, task), resolved(right, run, task))
  return { ...plan, setupSeconds: 0, seconds: 0, outcome: outcome ? 'true' : 'false' }
}

function compare(op: NonNullable<Task['condition_task']>['op'], left: string, right: string): boolean {
  switch (op) {
    case 'EQUAL_TO':
      return left === right
    case 'NOT_EQUAL':
      return left !== right
    case 'GREATER_THAN':
      return Number(left) > Number(right)
    case 'GREATER_THAN_OR_EQUAL':
      return Number(left) >= Number(right)
    case 'LESS_THAN':
      return Number(left) < Number(right)
    case 'LESS_THAN_OR_EQUAL':
      return Number(left) <= Number(right)
    default:
      return op satisfies never
  }
}

/** A loop takes as long as its turns, a number of them at a time. */
function loopPlan(plan: Plan, inputs: readonly Json[] | undefined, loop: Loop): Plan {
  if (inputs === undefined) {
    const message = `The inputs of the for each task are no JSON array of at most ${mostTurns} elements`
    return { ...plan, ending: failed({ message, code: 'INVALID_RUN_CONFIGURATION' }) }
  }
  return { ...plan, seconds: plan.seconds * Math.ceil(inputs.length / concurrencyOf(loop)) }
}

/** How many turns of a loop go on at once. */
export const concurrencyOf = ({ concurrency = usualConcurrency }: Loop): number => Math.max(1, concurrency)

/** What a for_each_task goes through; undefined if it is no array, or too long a one. */
export function inputsOf(task: Task, run: Run): readonly Json[] | undefined {
  const inputs = resolved(task.for_each_task?.inputs ?? '', run, task)
  try {
    const parsed = parseJson(inputs)
    return Array.isArray(parsed) && parsed.length <= mostTurns ? parsed : undefined
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    return undefined
  }
}
