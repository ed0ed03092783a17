import { z } from 'zod'
import { parseReport } from '../vitest-counts.ts'

/** The part of vitest's JSON report that is counted. https://vitest.dev/guide/reporters#json-reporter */
const reportSchema = z.object({
  testResults: z.array(
    z.object({
      name: z.string(),
      status: z.string(),
      message: z.string().optional(),
      assertionResults: z.array(
        z.object({
          fullName: z.string(),
          status: z.string(),
          duration: z.number().nullish(),
          failureMessages: z.array(z.string()).nullish(),
          meta: z
            .object({
              convergedIn: z.number().optional(),
              counts: z.record(z.string(), z.number()).optional(),
            })
            .optional(),
        }),
      ),
    }),
  ),
})

/** What became of one fault over all rounds. */
export interface Figure {
  runs: number
  failures: number
  /** Milliseconds from the end of the trouble until all was well, at worst; undefined where nobody measured it. */
  slowest: number | undefined
}

/** Counts what happened, fault by fault. */
export class Figures {
  readonly #byFault = new Map<string, Figure>()
  readonly #counts = new Map<string, number>()

  /**
   * Counts one round by the text of its report. Whatever vitest calls a failure without a failed test (a file
   * that could not be loaded, a crash) counts as one of the file, or of the round. Returns what failed, in words.
   */
  add(report: string | undefined, exitCode: number): string[] {
    const parsed = reportSchema.safeParse(parseReport(report))
    if (!parsed.success) return this.#broken('the round', `vitest ended with ${exitCode} and left no report`)
    const failures: string[] = []
    for (const { name, status, message = '', assertionResults } of parsed.data.testResults) {
      for (const { fullName, status, failureMessages, meta } of assertionResults) {
        if (status !== 'passed' && status !== 'failed') continue
        const figure = this.#of(fullName)
        figure.runs += 1
        if (meta?.convergedIn !== undefined) figure.slowest = Math.max(figure.slowest ?? 0, meta.convergedIn)
        for (const [what, count] of Object.entries(meta?.counts ?? {}))
          this.#counts.set(what, (this.#counts.get(what) ?? 0) + count)
        if (status === 'passed') continue
        figure.failures += 1
        failures.push(`${fullName}: ${failureMessages?.[0]?.split('\n')[0] ?? 'failed'}`)
      }
      const isBroken = status === 'failed' && !assertionResults.some(({ status }) => status === 'failed')
      if (isBroken) failures.push(...this.#broken(name, message))
    }
    if (failures.length === 0 && exitCode !== 0)
      failures.push(...this.#broken('the round', `vitest ended with ${exitCode}`))
    return failures
  }

  get failures(): number {
    return [...this.#byFault.values()].reduce((sum, { failures }) => sum + failures, 0)
  }

  /** As lines for a person, the faults in the order of their first run. */
  table(): string[] {
    const rows = [...this.#byFault].map(([fault, { runs, failures, slowest }]) => [
      `${runs}`,
      `${failures}`,
      slowest === undefined ? '-' : `${(slowest / 1_000).toFixed(1)} s`,
      fault,
    ])
    const all = [['runs', 'failures', 'slowest', 'fault'], ...rows]
    return all.map((cells) =>
      cells.map((cell, column) => (column < 3 ? cell.padStart(8) : ` ${cell}`)).join(' '),
    )
  }

  /** What tests counted, summed up: `kills 312`. */
  counts(): string[] {
    const { kills, seconds } = Object.fromEntries(this.#counts)
    const all = [...this.#counts].map(([what, count]) => `${what} ${Number(count.toFixed(1))}`)
    return kills === undefined || seconds === undefined
      ? all
      : [...all, `seconds per kill ${(seconds / kills).toFixed(1)}`]
  }

  #broken(what: string, why: string): string[] {
    const figure = this.#of(what)
    figure.runs += 1
    figure.failures += 1
    return [`${what}: ${why}`]
  }

  #of(fault: string): Figure {
    const known = this.#byFault.get(fault)
    if (known !== undefined) return known
    const figure: Figure = { runs: 0, failures: 0, slowest: undefined }
    this.#byFault.set(fault, figure)
    return figure
  }
}
