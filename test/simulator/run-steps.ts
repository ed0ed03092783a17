import { expect } from 'vitest'
import type { Answer, Client } from './harness.ts'

/** What the tests of runs do again and again. */

/** A notebook task. */
export const task = (task_key: string, more: object = {}) => ({
  task_key,
  notebook_task: { notebook_path: `/Shared/${task_key}` },
  ...more,
})

/** A notebook task that waits for others. */
export const after = (task_key: string, keys: readonly string[], more: object = {}) =>
  task(task_key, { depends_on: keys.map((key) => ({ task_key: key })), ...more })

/** A new job. */
export async function createJob(client: Client, settings: object): Promise<bigint> {
  const answer = await client.post('/api/2.2/jobs/create', settings)
  expect(answer).toMatchObject({ status: 200 })
  return BigInt(answer.text('job_id'))
}

/** A new run of a job. */
export async function runNow(client: Client, job_id: bigint, more: object = {}): Promise<bigint> {
  const answer = await client.post('/api/2.2/jobs/run-now', { job_id, ...more })
  expect(answer).toMatchObject({ status: 200 })
  return BigInt(answer.text('run_id'))
}

export const getRun = (client: Client, run: bigint | string, more = ''): Promise<Answer> =>
  client.get(`/api/2.2/jobs/runs/get?run_id=${run}${more}`)

/** Orders how coming attempts go. */
export async function order(client: Client, outcome: object): Promise<void> {
  expect((await client.control('POST', 'run-outcomes', outcome)).status).toBe(200)
}

/** `LIFE_CYCLE/RESULT` of a run, or its life cycle alone. */
export function stateOf(answer: Answer, path = 'state'): string {
  const { life_cycle_state, result_state } = answer.at(path) as Record<string, string>
  return result_state === undefined ? `${life_cycle_state}` : `${life_cycle_state}/${result_state}`
}
