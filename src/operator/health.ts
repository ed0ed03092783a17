import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Log } from '../telemetry/log.ts'

/** One thing that has to be in order. */
export interface Check {
  readonly name: string
  /** What is not in order now, in one sentence for a person; undefined when everything is. */
  problem(): string | undefined
}

/** What the listener answers from. Checks may join while it listens. */
export interface Health {
  /** What only a restart mends when it is not in order. */
  readonly live: readonly Check[]
  /** What else has to be in order for the operator to be of use. */
  readonly ready: readonly Check[]
  /** Everything that is counted, in the text format of Prometheus. */
  readonly metrics: () => Promise<string>
  readonly log: Log
}

/**
 * /healthz fails when only a restart helps, and never because Databricks or the API server is away; /readyz also while
 * the operator cannot be of use; both tell each check apart with ?verbose. /metrics gives what is counted.
 * Returns the port and how to close.
 */
export async function serveHealth(
  port: number,
  health: Health,
): Promise<{ port: number; close(): Promise<void> }> {
  const remark = remarks(health.log)
  const server = createServer((request, response) => {
    // Anybody who reaches the port may send anything; what is no address is the root, where nothing is.
    const { pathname, searchParams } = URL.parse(request.url ?? '', root) ?? new URL(root)
    const isVerbose = searchParams.has('verbose')
    switch (pathname) {
      case '/metrics':
        return void giveMetrics(health.metrics, response)
      case '/healthz': {
        const findings = judge(health.live)
        remark(findings)
        return answer(response, { name: 'healthz', findings, isVerbose })
      }
      case '/readyz':
        return answer(response, {
          name: 'readyz',
          findings: judge([...health.live, ...health.ready]),
          isVerbose,
        })
      default:
        return response.writeHead(404).end('not found\n')
    }
  })
  await new Promise<void>((resolve, reject) => {
    // Those that come later, such as of a connection that could not be taken, must not end the program.
    server.on('error', (error) => {
      if (server.listening) health.log.error({ err: error }, `health and metrics: ${error.message}`)
      else reject(error)
    })
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

/** Of what is asked for only the path and the query count. */
const root = 'http://localhost/'

interface Finding {
  name: string
  problem: string | undefined
}

const judge = (checks: readonly Check[]): Finding[] =>
  checks.map((check) => ({ name: check.name, problem: check.problem() }))

/** In the form of the API server's own health pages. */
function answer(
  response: ServerResponse,
  { name, findings, isVerbose }: { name: string; findings: readonly Finding[]; isVerbose: boolean },
): void {
  const failed = findings.filter(({ problem }) => problem !== undefined)
  const isGood = failed.length === 0
  const all = findings.map(({ name, problem }) =>
    problem === undefined ? `[+]${name} ok` : `[-]${name} failed: ${problem}`,
  )
  const some = isGood ? ['ok'] : failed.map(({ name, problem }) => `${name}: ${problem}`)
  const lines = isVerbose ? [...all, `${name} check ${isGood ? 'passed' : 'failed'}`] : some
  response
    .writeHead(isGood ? 200 : 503, { 'content-type': 'text/plain; charset=utf-8' })
    .end(`${lines.join('\n')}\n`)
}

/** A restart would otherwise be a riddle: Kubernetes does not keep what the probe answered. */
function remarks(log: Log): (findings: readonly Finding[]) => void {
  const known = new Set<string>()
  return (findings) => {
    for (const { name, problem } of findings) {
      if (problem === undefined) known.delete(name)
      else if (!known.has(name)) {
        known.add(name)
        log.error({ check: name }, `only a restart helps: ${problem}`)
      }
    }
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
