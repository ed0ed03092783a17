import { readFile } from 'node:fs/promises'
import { z } from 'zod'

const factSchema = z.object({
  at: z.number(),
  late: z.number().optional(),
  began: z.string().optional(),
  ended: z.string().optional(),
})

/** From when until when, in milliseconds since the epoch. */
export interface Span {
  readonly from: number
  readonly to: number
}

export const isIn = (at: number, spans: readonly Span[]): boolean =>
  spans.some(({ from, to }) => at >= from && at <= to)

/** What happened within the operator's process, as `operator-probe.ts` wrote it down. */
export class ProbeLog {
  readonly #facts: readonly z.output<typeof factSchema>[]

  private constructor(facts: readonly z.output<typeof factSchema>[]) {
    this.#facts = facts
  }

  /** The arguments that make Node load the probe, which writes into a file. */
  static nodeArgs(file: string): string[] {
    const probe = new URL('operator-probe.ts', import.meta.url)
    probe.searchParams.set('to', file)
    return ['--import', probe.href]
  }

  static async read(file: string): Promise<ProbeLog> {
    const lines = (await readFile(file, 'utf8')).trimEnd().split('\n')
    return new ProbeLog(lines.map((line) => factSchema.parse(JSON.parse(line))))
  }

  /** By how many milliseconds the event loop came late, at each look within these spans. */
  delays(spans: readonly Span[]): number[] {
    return this.#facts.flatMap(({ at, late }) => (late !== undefined && isIn(at, spans) ? [late] : []))
  }

  /** When the first request of this name began after a moment. */
  firstAfter(at: number, name: RegExp): number | undefined {
    return this.#facts.find((fact) => fact.began !== undefined && fact.at >= at && name.test(fact.began))?.at
  }

  /** From the first to the last of so many requests of this name. */
  spanOf(name: RegExp, count: number): Span {
    const times = this.#facts.filter(({ began = '' }) => name.test(began)).map(({ at }) => at)
    return { from: times[0] ?? Number.NaN, to: times[count - 1] ?? Number.NaN }
  }

  /** The lists of JobSpecs that were read: each from asking for its first page until its last one is taken in. */
  lists(): Span[] {
    const spans: { from: number; to: number }[] = []
    for (const { at, began = '', ended = '' } of this.#facts) {
      if (/\/jobspecs\?limit=\d\d+$/.test(began)) spans.push({ from: at, to: at })
      const current = spans.at(-1)
      if (current !== undefined && /\/jobspecs\?limit=\d\d+/.test(ended)) current.to = at + takenInWithin
    }
    return spans
  }
}

/** A page is parsed and compared after it has come. */
const takenInWithin = 150
