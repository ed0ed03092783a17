import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/*
 * A program of its own, so that its time is not counted as the caller's: answers every request with one job, and more
 * requests in a second than it was told with 429. `test/bench/answering.ts` starts it.
 */

/** How much the server lets through from now on; undefined: everything. */
export interface Limit {
  readonly requestsPerSecond: number
  /** Seconds for a Retry-After; absent: a 429 names no time. */
  readonly retryAfter?: number
}

/** What the server has counted since it was last asked. */
export interface Counted {
  readonly answered: number
  readonly refused: number
}

export type Order = { readonly limit: Limit | undefined } | 'count'

const task = (index: number) => ({
  task_key: `task_${index}`,
  notebook_task: { notebook_path: `/Shared/task_${index}`, source: 'WORKSPACE' },
  timeout_seconds: 0,
  max_retries: 1,
  email_notifications: {},
})
const settings = {
  name: 'nightly',
  tags: { team: 'finance' },
  max_concurrent_runs: 1,
  tasks: Array.from({ length: 8 }, (_, index) => task(index)),
}
// Written by hand around the id, which is larger than a number holds.
const job = `{"job_id":901234567890123457,"creator_user_name":"ana@example.com","settings":${JSON.stringify(settings)}}`
const refusal = '{"error_code":"REQUEST_LIMIT_EXCEEDED","message":"too many requests"}'

let limit: Limit | undefined
let tokens = 0
let at = performance.now()
let counted = { answered: 0, refused: 0 }

/** A bucket that holds one second's worth. */
function isTooMany(): boolean {
  if (limit === undefined) return false
  const now = performance.now()
  tokens = Math.min(limit.requestsPerSecond, tokens + ((now - at) * limit.requestsPerSecond) / 1_000)
  at = now
  if (tokens < 1) return true
  tokens -= 1
  return false
}

const server = createServer((request, response) => {
  request.resume()
  const headers = { 'content-type': 'application/json', 'x-databricks-org-id': '7405611111111111' }
  if (!isTooMany()) {
    counted = { ...counted, answered: counted.answered + 1 }
    response.writeHead(200, headers).end(job)
    return
  }
  counted = { ...counted, refused: counted.refused + 1 }
  const { retryAfter } = limit ?? {}
  if (retryAfter !== undefined) response.setHeader('retry-after', retryAfter)
  response.writeHead(429, headers).end(refusal)
})

process.on('message', (order: Order) => {
  if (order === 'count') {
    process.send?.(counted)
    counted = { answered: 0, refused: 0 }
    return
  }
  limit = order.limit
  tokens = 0
  at = performance.now()
})
process.once('disconnect', () => process.exit())
// All loopback addresses, so that there are many hosts.
server.listen(0, '0.0.0.0', () => process.send?.((server.address() as AddressInfo).port))
