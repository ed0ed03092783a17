import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { constants, tmpdir } from 'node:os'
import { join } from 'node:path'
import { countsOf, type Counts } from './vitest-counts.ts'

/*
 * npm test: every check, one after the other. A failed one shows its output and the others still run. The last
 * line counts all tests of vitest and one for each check before them; exit code 1 if anything failed.
 */

/** What is run: a program of node_modules, or one of our own files, with its arguments. */
interface Check {
  readonly name: string
  readonly command: readonly [program: string, ...args: string[]]
}

const checks: readonly Check[] = [
  { name: 'lint', command: ['oxlint', '--type-aware', '--deny-warnings'] },
  { name: 'format', command: ['oxfmt', '--check'] },
  { name: 'types', command: ['tsc', '--noEmit'] },
  { name: 'unused code', command: ['knip'] },
  { name: 'generated files', command: ['src/generate/main.ts', '--check'] },
]

const top = join(import.meta.dirname, '..')
const print = (line: string): boolean => process.stdout.write(`${line}\n`)

let running: ReturnType<typeof spawn> | undefined
let interruptedBy: NodeJS.Signals | undefined

// A terminal sends Ctrl-C to the running check as well; anything else is passed on. It gets to clean up.
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    interruptedBy ??= signal
    if (signal !== 'SIGINT' || !process.stdin.isTTY) running?.kill(signal)
  })
}

/** Runs a program to its end; `show` passes its output on as it comes, else it is returned. */
async function run(
  [program, ...args]: Check['command'],
  output: 'show' | 'keep',
): Promise<{ code: number; output: string }> {
  const file = join(top, program.endsWith('.ts') ? program : `node_modules/.bin/${program}`)
  const stream = output === 'show' ? 'inherit' : 'pipe'
  const child = spawn(process.execPath, [file, ...args], { cwd: top, stdio: ['ignore', stream, stream] })
  running = child
  const texts: string[] = []
  for (const pipe of [child.stdout, child.stderr])
    pipe?.setEncoding('utf8').on('data', (text: string) => texts.push(text))
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null]
  return { code: code ?? 128 + (signal === null ? 0 : constants.signals[signal]), output: texts.join('') }
}

async function runCheck({ command }: Check): Promise<Counts> {
  const { code, output } = await run(command, 'keep')
  if (code === 0) return { passed: 1, failed: 0, skipped: 0 }
  print(`${output.trimEnd()}\n(exit code ${code})`)
  return { passed: 0, failed: 1, skipped: 0 }
}

/** Its output is shown as it comes: the first run prepares a control plane, which takes minutes and says so. */
async function runTests({ command }: Check): Promise<Counts> {
  const folder = await mkdtemp(join(tmpdir(), 'lakeward-tests-'))
  const file = join(folder, 'report.json')
  try {
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`]
    const { code } = await run([...command, ...reporters], 'show')
    return countsOf(await textIn(file), code)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function textIn(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}

async function timed(check: Check, work: (check: Check) => Promise<Counts>): Promise<Counts> {
  print(`\n== ${check.name}: ${check.command.join(' ')}`)
  const start = performance.now()
  const counts = await work(check)
  const seconds = ((performance.now() - start) / 1000).toFixed(1)
  print(`${counts.failed === 0 ? 'passed' : 'FAILED'} in ${seconds} s`)
  return counts
}

const all: Counts[] = []
for (const check of checks) if (interruptedBy === undefined) all.push(await timed(check, runCheck))
if (interruptedBy === undefined)
  all.push(await timed({ name: 'tests', command: ['vitest', 'run'] }, runTests))

const sum = (name: keyof Counts): number => all.reduce((total, counts) => total + counts[name], 0)
const [passed, failed, skipped] = [sum('passed'), sum('failed'), sum('skipped')]
print(`\n${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`)
process.exitCode = failed > 0 ? 1 : 0
if (interruptedBy !== undefined) process.exitCode = 128 + constants.signals[interruptedBy]
