import type { Databricks } from '../scenario/databricks.ts'
import { until } from '../scenario/until.ts'
import type { Arena } from './arena.ts'
import type { Chance } from './chance.ts'

/** Ways in which a call fails, in the words of the simulator's control API. */
const ways: readonly object[] = [
  { preset: 'Throttled' },
  { preset: 'ThrottledWithoutRetryAfter' },
  { preset: 'ThrottledAs500' },
  { preset: 'Unavailable', when: 'before' },
  { preset: 'Unavailable', when: 'after' },
  { preset: 'BadGateway', when: 'before' },
  { preset: 'BadGateway', when: 'after' },
  { preset: 'UnknownWorkerEnvironment' },
  { preset: 'DeadlineExceeded', when: 'after' },
  { preset: 'EmptyError', when: 'before' },
  { reset: true, when: 'before' },
  { reset: true, when: 'after' },
  { cut: true },
  { delaySeconds: 0.5 },
  { delaySeconds: 1.5, when: 'after' },
]

const calls = ['POST /api/2.*', 'PATCH /api/2.*', 'GET /api/2.2/*', 'GET /api/2.1/*']

/** Orders trouble of several kinds in each workspace, for calls here and there. */
export async function orderTrouble({ workspaces }: Arena, chance: Chance): Promise<void> {
  for (const workspace of Object.values(workspaces)) await orderIn(workspace, chance)
}

/** Milliseconds after which trouble that has not come will not come. */
const longest = 4_000

/** Waits until what was ordered has come, as far as there are calls for it to meet; then nothing fails any more. */
export async function untilOver({ workspaces }: Arena): Promise<void> {
  const all = Object.values(workspaces)
  const end = performance.now() + longest
  await until('the trouble has come', async () => {
    const left = await Promise.all(all.map((workspace) => workspace.faultsLeft()))
    return left.every((one) => one === 0) || performance.now() > end
  })
  for (const workspace of all) {
    await workspace.clearFaults()
    await workspace.control('PUT', 'limits', {})
  }
}

async function orderIn(workspace: Databricks, chance: Chance): Promise<void> {
  for (const way of chance.some(ways, 6))
    await workspace.control('POST', 'faults', {
      match: chance.pick(calls),
      offset: chance.below(6),
      count: chance.between(1, 3),
      ...way,
    })
  if (chance.percent(50)) await workspace.control('PUT', 'limits', { perSecond: 10, retryAfterSeconds: 1 })
}
