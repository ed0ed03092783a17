import { expect, it } from 'vitest'
import { Figures } from './figures.ts'

const report = (...files: object[]) => JSON.stringify({ testResults: files })
const file = (...assertionResults: object[]) => ({ name: 'a.test.ts', status: 'passed', assertionResults })
const ran = (fullName: string, convergedIn?: number) => ({
  fullName,
  status: 'passed',
  meta: convergedIn === undefined ? {} : { convergedIn },
})

it('counts runs and keeps the slowest', () => {
  const figures = new Figures()
  expect(figures.add(report(file(ran('cut', 1_500), ran('torn'))), 0)).toEqual([])
  expect(figures.add(report(file(ran('torn'), ran('cut', 700))), 0)).toEqual([])
  expect(figures.failures).toBe(0)
  expect(figures.table()).toEqual([
    '    runs failures  slowest  fault',
    '       2        0    1.5 s  cut',
    '       2        0        -  torn',
  ])
})

it('leaves out what was skipped', () => {
  const figures = new Figures()
  figures.add(report(file(ran('cut', 1), { fullName: 'torn', status: 'skipped' })), 0)
  expect(figures.table()).toHaveLength(2)
})

it('counts a failure, and says what failed', () => {
  const figures = new Figures()
  const failed = { fullName: 'torn', status: 'failed', failureMessages: ['Error: two jobs\n at x'] }
  expect(figures.add(report(file(ran('cut'), failed)), 1)).toEqual(['torn: Error: two jobs'])
  expect(figures.failures).toBe(1)
})

const counted = (counts: object) => ({ fullName: 'killed', status: 'passed', meta: { counts } })

it('adds up what tests counted', () => {
  const figures = new Figures()
  figures.add(report(file(counted({ kills: 60, seconds: 200.52 }))), 0)
  figures.add(report(file(counted({ kills: 60, seconds: 199.21 }), ran('cut'))), 0)
  expect(figures.counts()).toEqual(['kills 120', 'seconds 399.7', 'seconds per kill 3.3'])
})

it.for([
  ['a file that could not be loaded', report({ ...file(), status: 'failed', message: 'no such module' }), 1],
  ['an unhandled error after green tests', report(file(ran('cut'))), 1],
  ['a report that a crash cut off', '{"testResults": [', 139],
  ['a run without a report', undefined, 1],
] as const)('%s is a failure', ([, text, exitCode]) => {
  const figures = new Figures()
  expect(figures.add(text, exitCode)).toHaveLength(1)
  expect(figures.failures).toBe(1)
})
