import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Clock } from '../clock.ts'

/** What the listener answers from. */
export interface Health {
  /** Resolves when every cache is full. */
  isReady: () => boolean
  /** When the API server was last heard of, monotonic. */
  lastHeard: () => number
  /** Everything that is counted, in the text format of Prometheus. */
  metrics: () => Promise<string>
  clock: Clock
}

/** Silence for longer than this means that the API server is away, in milliseconds. */
const longestSilence = 180_000

/**
 * /healthz says that the program runs; /readyz that its caches are full and the API server is heard of; /metrics
 * gives what is counted.
 * Returns the port and how to close.
 */
export async function serveHealth(
  port: number,
  { isReady, lastHeard, metrics, clock }: Health,
): Promise<{ port: number; close(): Promise<void> }> {
  const problemOf = (path: string): string | undefined => {
    if (path === '/healthz') return undefined
    if (!isReady()) return 'the caches are not full yet'
    return clock.monotonic() - lastHeard() > longestSilence ? 'nothing heard from the API server' : undefined
  }
  const server = createServer((request, response) => {
    const path = (request.url ?? '').split('?')[0] ?? ''
    if (path === '/metrics') return void giveMetrics(metrics, response)
    if (path !== '/healthz' && path !== '/readyz') return response.writeHead(404).end('not found\n')
    const problem = problemOf(path)
    return response.writeHead(problem === undefined ? 200 : 503).end(`${problem ?? 'ok'}\n`)
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, resolve)
  })
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

async function giveMetrics(metrics: () => Promise<string>, response: ServerResponse): Promise<void> {
  try {
    const text = await metrics()
    response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' }).end(text)
  } catch (error) {
    response.writeHead(500).end(`${error instanceof Error ? error.message : String(error)}\n`)
  }
}
