import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { Agent } from 'undici'
import { systemClock } from '../../src/clock.ts'
import { personalAccessToken } from '../../src/databricks/auth/personal-token.ts'
import { Budgets } from '../../src/databricks/budgets.ts'
import { createDatabricks, type Databricks, type DatabricksOptions } from '../../src/databricks/client.ts'
import { inLane } from '../../src/databricks/in-lane.ts'
import { parseJson } from '../../src/databricks/json.ts'
import { countingIn } from '../../src/operator/measure.ts'
import { createLog, silentLog } from '../../src/telemetry/log.ts'
import { Metrics } from '../../src/telemetry/metrics.ts'
import { startAnswering } from './answering.ts'
import type { Benchmark, Figure, Section } from './benchmark.ts'
import { amount, microseconds, percentile, ratio } from './figures.ts'

const callsAtATime = 16
const callsInARound = 5_000
const rounds = 9
const workspaces = 200
const token = 'dapi0123456789abcdef0123456789abcdef'

/** The door with everything on it that the operator has, against undici and JSON.parse alone. */
export const door: Benchmark = {
  name: 'door',
  summary: `calls through the door against the bare HTTP client, and its memory with ${workspaces} workspaces`,
  async run({ progress, signal }) {
    await using server = await startAnswering()
    progress(`Making ${rounds} times ${callsInARound} calls with each`)
    const speed = await measureSpeed(`http://127.0.0.1:${server.port}`, signal)
    progress(`Opening ${workspaces} workspaces with each`)
    return [...speed, await measureMemory(server.port, signal)]
  },
}

/** Everything that a door needs and all of them share. */
function doors(signal: AbortSignal) {
  const dispatcher = new Agent({ connections: callsAtATime, allowH2: false })
  const budgets = new Budgets({ clock: systemClock, log: silentLog, signal })
  const shared: Omit<DatabricksOptions, 'host' | 'credentials'> = {
    dispatcher,
    budgets,
    signal,
    requestTimeout: 60_000,
    clock: systemClock,
    random: Math.random,
    log: createLog('info'),
    onRequest: countingIn(new Metrics(), { progressed: () => undefined }),
  }
  const open = (host: string): Databricks => {
    // No limit to speak of: what is measured is the door, not the waiting at it.
    budgets.agree(host, { host, requestsPerSecond: 1e9 })
    const credentials = personalAccessToken(() => Promise.resolve(token), {
      clock: systemClock,
      maxAge: 60_000,
    })
    return inLane(createDatabricks({ ...shared, host, credentials }), 'background')
  }
  return { open, close: () => dispatcher.destroy() }
}

const through = (databricks: Databricks): Promise<unknown> =>
  // https://docs.databricks.com/api/workspace/jobs/get
  databricks.call({ method: 'GET', path: '/api/2.2/jobs/get', query: { job_id: '7' }, effect: 'read' })

async function bare(dispatcher: Agent, origin: string): Promise<unknown> {
  const response = await dispatcher.request({
    origin,
    method: 'GET',
    path: '/api/2.2/jobs/get?job_id=7',
    headers: { authorization: `Bearer ${token}`, accept: 'application/json' },
  })
  return parseJson(await response.body.text())
}

interface Round {
  readonly perSecond: number
  readonly cpuMicroseconds: number
}

async function round(call: () => Promise<unknown>): Promise<Round> {
  let left = callsInARound
  const began = performance.now()
  const cpu = process.cpuUsage()
  const caller = async (): Promise<void> => {
    for (; left > 0; left -= 1) await call()
  }
  await Promise.all(Array.from({ length: callsAtATime }, caller))
  const { user, system } = process.cpuUsage(cpu)
  const seconds = (performance.now() - began) / 1_000
  return { perSecond: callsInARound / seconds, cpuMicroseconds: (user + system) / callsInARound }
}

/** In turns, so that whatever else the machine does meets both; the median of the rounds counts. */
async function measureSpeed(host: string, signal: AbortSignal): Promise<Section[]> {
  const { open, close } = doors(signal)
  const databricks = open(host)
  const dispatcher = new Agent({ connections: callsAtATime, allowH2: false })
  const pairs: { bare: Round; door: Round }[] = []
  // The first round only warms up.
  for (let count = 0; count <= rounds; count++) {
    signal.throwIfAborted()
    const pair = {
      bare: await round(() => bare(dispatcher, host)),
      door: await round(() => through(databricks)),
    }
    if (count > 0) pairs.push(pair)
  }
  await Promise.all([close(), dispatcher.destroy()])
  const median = (valueOf: (pair: (typeof pairs)[number]) => number) => percentile(pairs.map(valueOf), 0.5)
  return [
    {
      title: 'CPU for one call',
      figures: [
        microseconds(
          'bare',
          median(({ bare }) => bare.cpuMicroseconds),
        ),
        microseconds(
          'door',
          median(({ door }) => door.cpuMicroseconds),
        ),
        ratio(
          'door ÷ bare',
          median(({ bare, door }) => door.cpuMicroseconds / bare.cpuMicroseconds),
        ),
      ],
    },
    {
      title: `Calls in a second, ${callsAtATime} at a time`,
      figures: [
        amount('bare', Math.round(median(({ bare }) => bare.perSecond))),
        amount('door', Math.round(median(({ door }) => door.perSecond))),
        ratio(
          'bare ÷ door',
          median(({ bare, door }) => bare.perSecond / door.perSecond),
        ),
      ],
    },
  ]
}

const kibibytes = (name: string, value: number): Figure => ({
  name,
  value: value / 1024,
  unit: 'KiB per workspace',
})

/** One call to each, so that connections are open; the pools of both are alike. */
async function measureMemory(port: number, signal: AbortSignal): Promise<Section> {
  const hosts = hostsIn('127.0.1', port)
  const dispatcher = new Agent({ connections: callsAtATime, allowH2: false })
  // What only the first calls of all bring with them belongs to neither.
  const { open, close } = doors(signal)
  await Promise.all(hostsIn('127.0.2', port).map((host) => bare(dispatcher, host)))
  await Promise.all(hostsIn('127.0.2', port).map((host) => through(open(host))))
  const bareBytes = await growth(() => Promise.all(hosts.map((host) => bare(dispatcher, host))))
  const opened: Databricks[] = []
  const doorBytes = await growth(async () => {
    for (const host of hosts) opened.push(open(host))
    await Promise.all(opened.map(through))
  })
  await Promise.all([close(), dispatcher.destroy()])
  return {
    title: `Memory with ${opened.length} workspaces`,
    figures: [
      kibibytes('bare', bareBytes / workspaces),
      kibibytes('door', doorBytes / workspaces),
      ratio('door ÷ bare', doorBytes / bareBytes),
    ],
  }
}

/** All of them lead to this machine. */
const hostsIn = (network: string, port: number): string[] =>
  Array.from({ length: workspaces }, (_, index) => `http://${network}.${index + 1}:${port}`)

/** By how much the heap has grown once the garbage is gone. */
async function growth(act: () => Promise<unknown>): Promise<number> {
  const before = heapBytes()
  await act()
  return heapBytes() - before
}

function heapBytes(): number {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  for (let times = 0; times < 3; times++) collect()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}
