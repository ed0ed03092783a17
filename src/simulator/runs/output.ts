import type { Task } from '../jobs/task.ts'
import { describeTaskRun, type RunView } from './describe.ts'
import { isEnded, type Attempt, type Run } from './run.ts'

/** Of what a notebook returned the first megabytes are kept, of what was printed the last. */
const mostOutput = 5 * 1024 * 1024

/** What runs/get-output says about an attempt; a notebook's result only once it is over. */
export function outputOf(run: Run, attempt: Attempt, view: RunView): object {
  const { task, plan } = attempt
  const isOver = isEnded(attempt)
  const hasFailed = isOver && attempt.ending?.result === 'FAILED'
  return {
    metadata: describeTaskRun(run, attempt, view),
    ...resultOf(task, isOver ? (plan?.output ?? '') : undefined, attempt),
    ...(hasFailed && {
      error: plan?.error ?? attempt.ending?.message,
      error_trace: `${plan?.error ?? attempt.ending?.message}\n  at the task ${task.task_key}`,
    }),
  }
}

function resultOf(task: Task, output: string | undefined, { childId }: Attempt): object {
  if (task.run_job_task !== undefined)
    return childId === undefined ? {} : { run_job_output: { run_id: childId } }
  if (output === undefined) return {}
  if (task.notebook_task !== undefined) {
    const isTruncated = output.length > mostOutput
    const result = isTruncated ? output.slice(0, mostOutput) : output
    return { notebook_output: result === '' ? {} : { result, truncated: isTruncated } }
  }
  if (task.sql_task !== undefined) return { sql_output: {} }
  if (task.dbt_task !== undefined) return { dbt_output: {} }
  const isTruncated = output.length > mostOutput
  return { logs: isTruncated ? output.slice(-mostOutput) : output, logs_truncated: isTruncated }
}

/** What runs/export gives of an attempt: the notebook as a page. Other tasks have nothing to see. */
export function viewsOf({ task, plan }: Attempt): object[] {
  if (task.notebook_task === undefined) return []
  const { notebook_path: path } = task.notebook_task
  const content = `<!DOCTYPE html>\n<html><head><title>${escaped(path)}</title></head><body><pre>${escaped(plan?.output ?? '')}</pre></body></html>\n`
  return [{ name: path.split('/').at(-1), type: 'NOTEBOOK', content }]
}

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
