import { Command, InvalidArgumentError } from 'commander'
import type { Counts } from '../simulator/populate.ts'
import { demoApplicationId, demoTokens } from '../simulator/seed-content.ts'
import { defaultPort, startSimulator, type Simulator, type SimulatorOptions } from '../simulator/simulator.ts'
import { createLog } from '../telemetry/log.ts'
import { untilSignal } from './foreground.ts'

/** `lakeward simulator`: a Databricks workspace on loopback until somebody ends it. */
export function simulatorCommand(): Command {
  return new Command('simulator')
    .description('run a Databricks workspace over HTTP, in memory, for trying things out')
    .option('--port <N>', 'port on 127.0.0.1; 0 takes a free one', parsePort, defaultPort)
    .option(
      '--token <T[=IDENTITY]>',
      'access token, and whose it is: an e-mail or an application id (default: the service principal of the demo); repeatable',
      parseToken,
    )
    .option('--seed <N>', 'chance: the same seed gives the same ids, orders and content', parseSeed, 1)
    .option(
      '--populate <jobs=N,clusters=N,jobClusters=N>',
      'more content: jobs, clusters, finished job clusters of the last 30 days',
      parsePopulate,
    )
    .option('--speed <N>', 'virtual seconds per real second; 0 stands still', parseSpeed, 1)
    .action(async (options: Flags, command: Command) => run(options, command))
}

interface Flags {
  readonly port: number
  readonly token?: Tokens
  readonly seed: number
  readonly populate?: Counts
  readonly speed: number
}

async function run({ token: tokens = demoTokens, ...flags }: Flags, command: Command): Promise<void> {
  const simulator = await started({ ...flags, tokens, log: createLog('error') }, command)
  process.stdout.write(`listening on ${simulator.url}\n`)
  await untilSignal()
  await simulator.stop()
}

async function started(options: SimulatorOptions & { port: number }, command: Command): Promise<Simulator> {
  try {
    return await startSimulator(options)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'EADDRINUSE') {
      command.error(`error: port ${options.port} is already in use; choose another one with --port`, {
        exitCode: 1,
      })
    }
    if (code === 'EACCES') {
      command.error(
        `error: port ${options.port} needs more rights than you have; choose one above 1023 with --port`,
        { exitCode: 1 },
      )
    }
    throw error
  }
}

function parsePort(text: string): number {
  const port = Number(text)
  if (/^[0-9]+$/.test(text) && port <= 65_535) return port
  throw new InvalidArgumentError('A port is a whole number from 0 to 65535.')
}

/** Access token → whose it is. */
type Tokens = Readonly<Record<string, string>>

function parseToken(text: string, former: Tokens = {}): Tokens {
  const [, token, identity = demoApplicationId] = /^([^=]*)(?:=(.*))?$/.exec(text) ?? []
  if (token === undefined || !/^[\x21-\x7e]+$/.test(token))
    throw new InvalidArgumentError('A token is one word of printable ASCII characters without =.')
  if (!/^[\x21-\x7e]+$/.test(identity))
    throw new InvalidArgumentError('Whose a token is, is said by an e-mail or an application id, one word.')
  if (Object.hasOwn(former, token)) throw new InvalidArgumentError(`The token '${token}' is given twice.`)
  return { ...former, [token]: identity }
}

const largestSeed = 0xffff_ffff

function parseSeed(text: string): number {
  const seed = Number(text)
  if (/^[0-9]+$/.test(text) && seed <= largestSeed) return seed
  throw new InvalidArgumentError(`A seed is a whole number from 0 to ${largestSeed}.`)
}

/** More would not fit into memory. */
const mostOfAKind = 1_000_000

function parsePopulate(text: string): Counts {
  const counts = { jobs: 0, clusters: 0, jobClusters: 0 }
  const seen = new Set<string>()
  for (const part of text.split(',')) {
    const [, kind = '', digits = ''] = /^([A-Za-z]+)=([0-9]+)$/.exec(part) ?? []
    if (!isKind(kind, counts))
      throw new InvalidArgumentError(
        `'${part}' is not understood: say how many with jobs=N, clusters=N and jobClusters=N.`,
      )
    if (seen.has(kind)) throw new InvalidArgumentError(`${kind} is given twice.`)
    if (Number(digits) > mostOfAKind)
      throw new InvalidArgumentError(`At most ${mostOfAKind} of a kind can be made up, not ${digits}.`)
    seen.add(kind)
    counts[kind] = Number(digits)
  }
  return counts
}

const isKind = (kind: string, counts: Counts): kind is keyof Counts => Object.hasOwn(counts, kind)

function parseSpeed(text: string): number {
  const speed = Number(text)
  if (/^[0-9]+(\.[0-9]+)?$/.test(text) && speed <= 1_000_000) return speed
  throw new InvalidArgumentError('A speed is a number from 0 to 1000000.')
}
