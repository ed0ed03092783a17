import type { Progress } from '../../src/control-plane/progress.ts'

/** One number with its unit, for people and for comparing runs. */
export interface Figure {
  readonly name: string
  readonly value: number
  readonly unit: string
}

/** Figures that were taken together. */
export interface Section {
  readonly title: string
  readonly figures: readonly Figure[]
}

/** What a benchmark is given. */
export interface BenchmarkContext {
  readonly progress: Progress
  /** Falls when somebody asks to stop. */
  readonly signal: AbortSignal
}

/** Something measured. A broken promise (a write that must not be) is thrown: it is no slow run but a wrong one. */
export interface Benchmark {
  /** The name on the command line. */
  readonly name: string
  readonly summary: string
  readonly run: (context: BenchmarkContext) => Promise<Section[]>
}
