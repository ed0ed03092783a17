import { Command, InvalidArgumentError } from 'commander'
import { demoApplicationId, demoTokens } from '../simulator/seed-content.ts'
import { defaultPort, startSimulator, type Simulator, type SimulatorOptions } from '../simulator/simulator.ts'
import { createLog } from '../telemetry/log.ts'
import { untilSignal } from './foreground.ts'

/** `lakeward simulator`: a Databricks workspace on loopback until somebody ends it. */
export function simulatorCommand(): Command {
  const [token = ''] = Object.keys(demoTokens)
  return new Command('simulator')
    .description('run a Databricks workspace over HTTP, in memory, for trying things out')
    .option('--port <N>', 'port on 127.0.0.1; 0 takes a free one', parsePort, defaultPort)
    .option('--token <T>', 'access token of the service principal that is administrator', parseToken, token)
    .option('--speed <N>', 'virtual seconds per real second; 0 stands still', parseSpeed, 1)
    .action(async (options: Flags, command: Command) => run(options, command))
}

interface Flags {
  readonly port: number
  readonly token: string
  readonly speed: number
}

async function run({ port, token, speed }: Flags, command: Command): Promise<void> {
  const log = createLog('error')
  const simulator = await started({ port, speed, log, tokens: { [token]: demoApplicationId } }, command)
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

function parseToken(text: string): string {
  if (/^[\x21-\x7e]+$/.test(text)) return text
  throw new InvalidArgumentError('A token is one word of printable ASCII characters.')
}

function parseSpeed(text: string): number {
  const speed = Number(text)
  if (/^[0-9]+(\.[0-9]+)?$/.test(text) && speed <= 1_000_000) return speed
  throw new InvalidArgumentError('A speed is a number from 0 to 1000000.')
}
