import { z } from 'zod'

/** How many of something went which way. */
export interface Counts {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
}

/** The part of vitest's JSON report that is counted. https://vitest.dev/guide/reporters#json-reporter */
const reportSchema = z.object({
  numPassedTests: z.int().min(0),
  numFailedTests: z.int().min(0),
  numPendingTests: z.int().min(0),
  numTodoTests: z.int().min(0),
  testResults: z.array(
    z.object({ status: z.string(), assertionResults: z.array(z.object({ status: z.string() })) }),
  ),
})

/**
 * What a run of vitest counts for. `report` is the text of its JSON report, undefined when there is none.
 *
 * Whatever vitest itself calls a failure is at least one here, also when no test has failed: a file that
 * could not be loaded, a hook or an unhandled error, a crash, and a run in which nothing passed.
 */
export function countsOf(report: string | undefined, exitCode: number): Counts {
  const parsed = reportSchema.safeParse(parseReport(report))
  if (!parsed.success) return { passed: 0, failed: 1, skipped: 0 }
  const { numPassedTests: passed, numFailedTests, numPendingTests, numTodoTests, testResults } = parsed.data
  const brokenFiles = testResults.filter(
    ({ status, assertionResults }) =>
      status === 'failed' && !assertionResults.some(({ status }) => status === 'failed'),
  )
  const counted = numFailedTests + brokenFiles.length
  const isUnsuccessful = exitCode !== 0 || passed === 0
  return {
    passed,
    failed: isUnsuccessful ? Math.max(1, counted) : counted,
    skipped: numPendingTests + numTodoTests,
  }
}

/** What a report says; one cut off by a crash is none. */
export function parseReport(text: string | undefined): unknown {
  if (text === undefined) return undefined
  try {
    return JSON.parse(text)
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}
