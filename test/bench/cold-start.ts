import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { z } from 'zod'
import { collectionOf, type Fleet } from './job-fleet.ts'
import type { RunningProgram } from './programs.ts'
import type { Stage } from './stage.ts'

const bareList = fileURLToPath(new URL('bare-list.ts', import.meta.url))
const workingLine = z.object({ time: z.iso.datetime(), msg: z.literal('working') })

/** Starts the operator; `seconds` is how long it took from the start of its process until it said that it works. */
export async function coldStart(
  stage: Stage,
  namespace: string,
  program?: string,
): Promise<{ operator: RunningProgram; seconds: number }> {
  const operator = await stage.startOperator(namespace, program === undefined ? {} : { program })
  for (const line of (await operator.log()).split('\n')) {
    if (!line.includes('"working"')) continue
    const at = Date.parse(workingLine.parse(JSON.parse(line)).time)
    return { operator, seconds: (at - operator.startedAt) / 1_000 }
  }
  throw new Error('the operator works but does not say since when')
}

/** How long a process takes that only lists; the best of three. */
export async function bareListSeconds(stage: Stage, { namespace, count }: Fleet): Promise<number> {
  const times: number[] = []
  for (let round = 0; round < 3; round++) {
    const LIST = JSON.stringify({ ...stage.apiServer, path: collectionOf(namespace) })
    const startedAt = Date.now()
    const { stdout } = await promisify(execFile)(process.execPath, [bareList], { env: { LIST } })
    const done = z.object({ at: z.number(), count: z.literal(count) }).parse(JSON.parse(stdout))
    times.push((done.at - startedAt) / 1_000)
  }
  return Math.min(...times)
}
