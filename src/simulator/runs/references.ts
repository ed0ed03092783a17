import type { Task } from '../jobs/task.ts'
import type { Run } from './run.ts'

const reference = /\{\{\s*([^{}\s]+)\s*\}\}/g
const parameterPrefix = 'job.parameters.'

/** A text with its `{{…}}` replaced by what they stand for in this run; one that nobody knows is left as it is. */
export const resolved = (text: string, run: Run, { task_key }: Task): string =>
  text.replaceAll(reference, (whole, name: string) => valueOf(name, run, task_key) ?? whole)

function valueOf(name: string, run: Run, taskKey: string): string | undefined {
  if (name.startsWith(parameterPrefix)) return parametersOf(run).get(name.slice(parameterPrefix.length))
  switch (name) {
    case 'job.id':
      return String(run.jobId)
    case 'job.name':
      return run.name
    case 'job.run_id':
      return String(run.id)
    case 'job.repair_count':
      return String(run.passages.length - 1)
    case 'task.name':
      return taskKey
    default:
      return undefined
  }
}

/** The job's parameters in this run: what was sent with it, else their defaults. */
export const parametersOf = ({ settings, jobParameters }: Run): Map<string, string> =>
  new Map([
    ...(settings.parameters ?? []).map((parameter) => [parameter.name, parameter.default] as const),
    ...Object.entries(jobParameters),
  ])
