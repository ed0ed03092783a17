import { invalidParameter, type Refusal } from '../http/refusal.ts'
import type { Job } from './job.ts'
import type { JobSettings } from './settings.ts'

/**
 * Why a job cannot start the jobs that its run job tasks name: a job that starts itself in the end would never
 * come to one, and there is a limit to how deep they may lie in one another.
 */
export function checkCalls(
  id: bigint | undefined,
  settings: JobSettings,
  { find, mostNested }: { find: (id: bigint) => Job | undefined; mostNested: number },
): Refusal | undefined {
  let level = new Set(calledBy(settings))
  for (let depth = 1; level.size > 0; depth += 1) {
    if (id !== undefined && level.has(id)) return invalidParameter(`Job ${id} would run itself.`)
    if (depth > mostNested) {
      return invalidParameter(`Run job tasks may be nested at most ${mostNested} levels deep.`)
    }
    level = new Set([...level].flatMap((called) => calledBy(find(called)?.settings ?? {})))
  }
  return undefined
}

const calledBy = ({ tasks = [] }: JobSettings): bigint[] =>
  tasks.flatMap(({ run_job_task, for_each_task }) =>
    [run_job_task, for_each_task?.task.run_job_task].flatMap((call) =>
      call === undefined ? [] : [call.job_id],
    ),
  )
