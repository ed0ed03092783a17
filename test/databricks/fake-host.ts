import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Agent } from 'undici'
import { personalAccessToken } from '../../src/databricks/auth/personal-token.ts'
import type { TokenSource } from '../../src/databricks/auth/token.ts'
import { createDatabricks, type Databricks, type DatabricksOptions } from '../../src/databricks/client.ts'
import { silentLog } from '../../src/telemetry/log.ts'
import { ManualClock } from '../manual-clock.ts'
import { freeBudgets } from './free-budgets.ts'

/** What arrived at the host. */
export interface Seen {
  method: string
  url: string
  headers: IncomingMessage['headers']
  body: string
}

/** How the host answers one request. */
export type Reply = (response: ServerResponse, seen: Seen) => void

/** A reply with a status, an object or a text, and headers. */
export const reply =
  (status: number, body: object | string = {}, headers: Record<string, string> = {}): Reply =>
  (response) => {
    response.writeHead(status, headers)
    response.end(typeof body === 'string' ? body : JSON.stringify(body))
  }

/** A real HTTP server that gives its replies in order, the last one again and again. */
export async function fakeHost(...replies: Reply[]) {
  const seen: Seen[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const { method = '', url = '', headers } = request
      const one = { method, url, headers, body: Buffer.concat(chunks).toString() }
      const next = replies[Math.min(seen.length, replies.length - 1)]
      seen.push(one)
      next?.(response, one)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const dispatcher = new Agent()
  return {
    seen,
    dispatcher,
    host: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => {
      await dispatcher.destroy()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

export const requestTimeout = 60_000
export const goodToken = 'dapi0123456789abcdef0123456789abcdef'

/** A token source that always has the same token. */
const steady = (token = goodToken): TokenSource =>
  personalAccessToken(() => Promise.resolve(token), { clock: new ManualClock(), maxAge: 60_000 })

/** A client for a fake host, with a clock that stands still and chance in the middle. */
export function clientFor(
  { host, dispatcher }: Pick<DatabricksOptions, 'host' | 'dispatcher'>,
  changes: Partial<DatabricksOptions> = {},
): { databricks: Databricks; clock: ManualClock } {
  const clock = new ManualClock()
  const databricks = createDatabricks({
    host,
    dispatcher,
    budgets: freeBudgets(),
    clock,
    credentials: steady(),
    requestTimeout,
    random: () => 0.5,
    log: silentLog,
    ...changes,
  })
  return { databricks, clock }
}
