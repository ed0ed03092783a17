import type { Progress } from '../../src/control-plane/progress.ts'

/** The helm that the chart is tested with. */
export const helmVersion = 'v4.1.4'

/** The answer of one way of getting helm: where the program is, or why it did not work here. */
export type Helm = { state: 'found'; program: string } | { state: 'refused'; why: string }

/** What a way gets that brings helm here. */
export interface Fetching {
  /** An existing folder for what it needs and for the result. */
  work: string
  environment: NodeJS.ProcessEnv
  progress: Progress
}

/** The last lines of what a program complained about. */
export const complaint = (what: string, output: string): Helm => ({
  state: 'refused',
  why: `${what} failed: ${output.trim().split('\n').slice(-5).join('\n')}`,
})
