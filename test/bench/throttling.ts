import { setTimeout as wait } from 'node:timers/promises'
import { Agent } from 'undici'
import { systemClock } from '../../src/clock.ts'
import { personalAccessToken } from '../../src/databricks/auth/personal-token.ts'
import { Budgets } from '../../src/databricks/budgets.ts'
import { createDatabricks, type Databricks } from '../../src/databricks/client.ts'
import { DatabricksError } from '../../src/databricks/errors.ts'
import { createLog, silentLog } from '../../src/telemetry/log.ts'
import type { Limit } from './answering-server.ts'
import { startAnswering, type Answering } from './answering.ts'
import type { Benchmark, Section } from './benchmark.ts'
import { amount, ratio, seconds } from './figures.ts'

/** What the manifest allows, and what the server lets through during the storm. */
const agreed = 40
const allowed = 20
const callers = 32
const stormSeconds = 30
/** The promise: what is sent is never more than this part of what may be sent. */
const most = 1.05

/** More callers than a workspace bears, against a server that lets half of the budget through. */
export const throttling: Benchmark = {
  name: 'throttling',
  summary: `a storm of 429: ${callers} callers, budget ${agreed}/s, and a server that lets ${allowed}/s through`,
  async run({ progress, signal }) {
    await using server = await startAnswering()
    progress(`A storm of ${stormSeconds} s without Retry-After, and the way back`)
    const silent = await storm(server, { requestsPerSecond: allowed }, signal)
    progress(`The same with Retry-After`)
    const polite = await storm(server, { requestsPerSecond: allowed, retryAfter: 1 }, signal)
    return [
      { title: '429 without Retry-After', figures: silent },
      { title: '429 with Retry-After: 1', figures: polite },
    ]
  },
}

async function storm(server: Answering, limit: Limit, signal: AbortSignal): Promise<Section['figures']> {
  const stop = new AbortController()
  const ended = AbortSignal.any([signal, stop.signal])
  const budgets = new Budgets({ clock: systemClock, log: silentLog, signal: ended })
  const host = `http://127.0.0.1:${server.port}`
  budgets.agree('bench', { host, requestsPerSecond: agreed })
  const dispatcher = new Agent({ allowH2: false })
  const databricks = createDatabricks({
    host,
    dispatcher,
    budgets,
    signal: ended,
    credentials: personalAccessToken(() => Promise.resolve('token'), { clock: systemClock, maxAge: 60_000 }),
    requestTimeout: 60_000,
    clock: systemClock,
    random: Math.random,
    log: createLog('info'),
  })
  server.limit(limit)
  await server.count()
  const calling = Promise.all(Array.from({ length: callers }, () => callUntil(databricks, ended)))
  await wait(stormSeconds * 1_000, undefined, { signal })
  const { answered, refused } = await server.count()
  server.limit(undefined)
  const recovered = await untilFull(budgets, signal)
  stop.abort(new Error('enough'))
  await calling
  await dispatcher.destroy()
  return judged({ answered, refused, recovered })
}

/** One call after the other, as the loop does: whatever fails is tried again later. */
async function callUntil(databricks: Databricks, ended: AbortSignal): Promise<void> {
  while (!ended.aborted) {
    try {
      await databricks.call({ method: 'GET', path: '/api/2.2/jobs/get', effect: 'read' })
    } catch (error) {
      if (!(error instanceof DatabricksError) && !ended.aborted) throw error
    }
  }
}

/** Seconds until the rate is what was agreed again. */
async function untilFull(budgets: Budgets, signal: AbortSignal): Promise<number> {
  const began = performance.now()
  while (budgets.standings().some(({ rate }) => rate < agreed)) await wait(50, undefined, { signal })
  return (performance.now() - began) / 1_000
}

function judged({
  answered,
  refused,
  recovered,
}: {
  answered: number
  refused: number
  recovered: number
}): Section['figures'] {
  // The server's bucket is empty when the storm begins.
  const budget = allowed * stormSeconds
  const sent = (answered + refused) / budget
  if (sent > most) throw new Error(`${answered + refused} requests were sent where ${budget} may be`)
  return [
    amount('requests sent', answered + refused),
    amount('of them refused', refused),
    ratio('sent ÷ allowed', sent),
    ratio('answered ÷ allowed', answered / budget),
    seconds('back to the full rate', recovered),
  ]
}
