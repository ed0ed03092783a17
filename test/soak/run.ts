import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { constants, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { readIfThere } from '../../src/control-plane/read-if-there.ts'
import { Figures } from './figures.ts'
import { harder, parts, type Part } from './parts.ts'

/*
 * npm run soak -- --minutes 40                  everything, again and again, until the minutes are over
 * npm run soak -- --rounds 5                    so many times (with --minutes: whichever comes first)
 * npm run soak -- --minutes 40 --seed 4711      in the orders of an earlier soak
 * npm run soak -- --minutes 40 api-server       one part
 *
 * Exit code 1 when anything failed.
 */

interface Request {
  chosen: readonly Part[]
  minutes: number
  rounds: number
  seed: number
}

const top = join(import.meta.dirname, '..', '..')
const tell = (line: string): boolean => process.stdout.write(`${line}\n`)

let running: ChildProcess | undefined
const interruption: { by?: NodeJS.Signals } = {}

// A terminal sends Ctrl-C to the running round as well; anything else is passed on. It gets to clean up.
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    interruption.by ??= signal
    if (signal !== 'SIGINT' || !process.stdin.isTTY) running?.kill(signal)
  })
}

/** Undefined when the call is wrong; why has been told. */
function requestOf(args: readonly string[]): Request | undefined {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: { minutes: { type: 'string' }, rounds: { type: 'string' }, seed: { type: 'string' } },
      allowPositionals: true,
    })
    if (values.minutes === undefined && values.rounds === undefined)
      throw new Error('say how long: --minutes N or --rounds N')
    const unknown = positionals.find((name) => !parts.some((part) => part.name === name))
    if (unknown !== undefined) throw new Error(`there is no part '${unknown}'`)
    return {
      chosen: parts.filter(({ name }) => positionals.length === 0 || positionals.includes(name)),
      minutes: positive('--minutes', values.minutes) ?? Number.POSITIVE_INFINITY,
      rounds: positive('--rounds', values.rounds) ?? Number.POSITIVE_INFINITY,
      seed: positive('--seed', values.seed) ?? 1 + Math.floor(Math.random() * 1_000_000),
    }
  } catch (error) {
    process.stderr.write(`soak: ${error instanceof Error ? error.message : String(error)}\n`)
    process.stderr.write('usage: npm run soak -- [--minutes N] [--rounds N] [--seed N] [PART…]\n')
    for (const { name, summary } of parts) process.stderr.write(`  ${name}  ${summary}\n`)
    return undefined
  }
}

function positive(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const number = Number(text)
  if (Number.isFinite(number) && number > 0) return number
  throw new Error(`${flag} has to be a number above 0`)
}

/** One round in the order that its seed gives. */
async function round(chosen: readonly Part[], seed: number, figures: Figures): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'lakeward-soak-'))
  try {
    const report = join(folder, 'report.json')
    const files = chosen.flatMap((part) => part.files.map((file) => `test/${file}.test.ts`))
    const order = ['--sequence.shuffle.tests', `--sequence.seed=${seed}`]
    const reporters = ['--reporter=dot', '--reporter=json', `--outputFile.json=${report}`]
    const { code, output } = await vitest(['--project=scenario', ...order, ...reporters, ...files], seed)
    if (interruption.by !== undefined) return
    const failed = figures.add(await readIfThere(report), code)
    if (failed.length > 0) tell(`${output.trimEnd()}\n\nfailed:\n${failed.join('\n')}`)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function vitest(args: readonly string[], seed: number): Promise<{ code: number; output: string }> {
  const child = spawn(process.execPath, [join(top, 'node_modules/.bin/vitest'), 'run', ...args], {
    cwd: top,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...harder, ...process.env, LAKEWARD_SEED: String(seed) },
  })
  running = child
  const texts: string[] = []
  for (const pipe of [child.stdout, child.stderr])
    pipe.setEncoding('utf8').on('data', (text: string) => texts.push(text))
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null]
  return { code: code ?? 128 + (signal === null ? 0 : constants.signals[signal]), output: texts.join('') }
}

/** Returns the exit code. */
async function soak({ chosen, minutes, rounds, seed }: Request): Promise<number> {
  const figures = new Figures()
  const began = performance.now()
  const elapsed = () => (performance.now() - began) / 60_000
  tell(`seed ${seed}`)
  for (
    let number = 1;
    number <= rounds && elapsed() < minutes && interruption.by === undefined;
    number += 1
  ) {
    const start = performance.now()
    const before = figures.failures
    // The next round has the next seed, so that any one can be run again alone.
    await round(chosen, seed + number - 1, figures)
    if (interruption.by !== undefined) tell(`round ${number} was interrupted and does not count`)
    else {
      const seconds = ((performance.now() - start) / 1_000).toFixed(0)
      tell(`round ${number} (seed ${seed + number - 1}): ${figures.failures - before} failed, ${seconds} s`)
    }
  }
  tell(
    `\n${[...figures.table(), '', ...figures.counts()].join('\n')}\n${figures.failures} failed in ${elapsed().toFixed(1)} minutes`,
  )
  if (interruption.by !== undefined) return 128 + constants.signals[interruption.by]
  return figures.failures > 0 ? 1 : 0
}

const request = requestOf(process.argv.slice(2))
process.exitCode = request === undefined ? 2 : await soak(request)
