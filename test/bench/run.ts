import { writeFile } from 'node:fs/promises'
import { availableParallelism, loadavg, totalmem } from 'node:os'
import { parseArgs } from 'node:util'
import { untilSignal } from '../../src/cli/foreground.ts'
import { apply300Jobs } from './apply-300-jobs.ts'
import type { Benchmark, Section } from './benchmark.ts'
import { cacheOf } from './cache.ts'
import { door } from './door.ts'
import { drift } from './drift.ts'
import { rest200Jobs } from './rest-200-jobs.ts'
import { startUp } from './start-up.ts'
import { tableOf } from './table.ts'
import { takeover } from './takeover.ts'
import { throttling } from './throttling.ts'

/*
 * npm run bench                      everything
 * npm run bench -- NAME              one of them
 * npm run bench -- --json FILE       also writes the figures to a file
 *
 * Seconds mean something on one quiet machine only; the ratios compare within one run and travel better.
 */

const benchmarks: readonly Benchmark[] = [
  startUp,
  apply300Jobs,
  rest200Jobs,
  cacheOf(5_000),
  cacheOf(500),
  door,
  drift,
  throttling,
  takeover,
]

const tell = (sentence: string): boolean => process.stderr.write(`${sentence}\n`)

interface Request {
  readonly chosen: readonly Benchmark[]
  readonly json: string | undefined
}

/** Undefined when the call is wrong; why has been told. */
function requestOf(args: readonly string[]): Request | undefined {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: { json: { type: 'string' } },
      allowPositionals: true,
    })
    const unknown = positionals.find((name) => !benchmarks.some((one) => one.name === name))
    if (unknown !== undefined) throw new Error(`there is no benchmark '${unknown}'`)
    const chosen = benchmarks.filter(({ name }) => positionals.length === 0 || positionals.includes(name))
    return { chosen, json: values.json }
  } catch (error) {
    tell(`bench: ${error instanceof Error ? error.message : String(error)}`)
    tell('usage: npm run bench -- [NAME…] [--json FILE]')
    for (const { name, summary } of benchmarks) tell(`  ${name}  ${summary}`)
    return undefined
  }
}

const machine = () => ({
  processors: availableParallelism(),
  memoryBytes: totalmem(),
  /** Of the last minute, before we began: well above 0 means that others work on the machine, too. */
  load: loadavg()[0] ?? 0,
  node: process.version,
})

async function run({ chosen, json }: Request): Promise<void> {
  if (process.platform !== 'linux')
    throw new Error(`memory and CPU are read from /proc, which ${process.platform} lacks: run it on Linux`)
  const stop = new AbortController()
  void untilSignal().then((name) => stop.abort(new Error(`stopped by ${name}`)))
  const at = new Date().toISOString()
  const on = machine()
  const results: { name: string; sections: Section[] }[] = []
  for (const { name, run } of chosen) {
    const sections = await run({ progress: tell, signal: stop.signal })
    results.push({ name, sections })
    const circumstances = `${on.processors} processors, load ${on.load.toFixed(1)} before, Node ${on.node}`
    process.stdout.write(`\n${name} (${circumstances})\n\n${tableOf(sections)}\n`)
  }
  if (json !== undefined) await writeFile(json, `${JSON.stringify({ at, machine: on, results }, null, 2)}\n`)
}

const request = requestOf(process.argv.slice(2))
if (request === undefined) process.exitCode = 2
else {
  try {
    await run(request)
  } catch (error) {
    tell(`bench: ${error instanceof Error ? error.message : String(error)}`)
    for (let cause = error; cause instanceof Error; cause = cause.cause)
      if (cause !== error) tell(`  because ${cause.message}`)
    process.exitCode = 1
  }
}
