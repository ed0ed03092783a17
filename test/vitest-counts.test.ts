import { describe, expect, it } from 'vitest'
import { countsOf } from './vitest-counts.ts'

const file = (status: string, ...tests: string[]) => ({
  status,
  assertionResults: tests.map((status) => ({ status })),
})

const report = (numbers: object, ...testResults: object[]) =>
  JSON.stringify({
    numPassedTests: 0,
    numFailedTests: 0,
    numPendingTests: 0,
    numTodoTests: 0,
    testResults,
    ...numbers,
  })

describe('a run of vitest', () => {
  it('counts each test', () => {
    const text = report(
      { numPassedTests: 3, numFailedTests: 1, numPendingTests: 2, numTodoTests: 1 },
      file('failed', 'passed', 'failed', 'skipped'),
    )
    expect(countsOf(text, 1)).toEqual({ passed: 3, failed: 1, skipped: 3 })
  })

  it('has no failure when vitest is content', () => {
    expect(countsOf(report({ numPassedTests: 3 }, file('passed', 'passed')), 0).failed).toBe(0)
  })

  it.each([
    [
      'a file that could not be loaded',
      report({ numPassedTests: 3 }, file('passed', 'passed'), file('failed')),
    ],
    ['two of them', report({ numPassedTests: 1 }, file('failed'), file('failed')), 2],
    ['a hook that failed before the tests', report({ numPassedTests: 3 }, file('failed', 'skipped'))],
    ['an error that no test is to blame for', report({ numPassedTests: 3 }, file('passed', 'passed'))],
    ['a crash without a report', undefined],
    ['a crash in the middle of the report', '{"numPassedTests":3,'],
    ['a report of another shape', '{"numPassedTests":3}'],
  ])('counts %s as failed', (_, text, failed = 1) => {
    expect(countsOf(text, 1).failed).toBe(failed)
  })

  it.each([
    ['found no test', report({})],
    ['skipped all tests', report({ numPendingTests: 4 }, file('passed', 'skipped'))],
    ['left no report', undefined],
  ])('fails although vitest is content when it %s', (_, text) => {
    expect(countsOf(text, 0).failed).toBe(1)
  })
})
