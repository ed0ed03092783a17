import { create } from 'jsondiffpatch'
import { compare } from '../../src/drift/compare.ts'
import type { Rules } from '../../src/drift/rules.ts'
import { memberOf, type Value, type ValueObject } from '../../src/drift/value.ts'
import { job } from '../../src/kinds/job/index.ts'
import type { Benchmark, Figure } from './benchmark.ts'
import {
  jobOfFields,
  jobOfTasks,
  withDefaultsFilledIn,
  withOneChange,
  withOrderReversed,
} from './compared-jobs.ts'
import { microseconds, percentile, ratio } from './figures.ts'

const rounds = 75
/** Of one side in one round: long enough for the clock, short enough that many rounds are not interrupted. */
const roundMilliseconds = 2
/** How often each is done before anything is measured. */
const warmUp = 200
/** Of the rounds, what counts: others on the machine make rounds longer and never shorter. */
const quiet = 0.1
/** The same of four times the work: caches are too small for some of it, and nothing quadratic hides in it. */
const growthTolerance = 1.5

const short = { title: 'A job of 100 tasks', job: jobOfTasks(100) }
const long = { title: 'A job of 400 tasks', job: jobOfTasks(400) }
const jobs = [
  { title: 'A job of 200 fields', job: jobOfFields(200) },
  short,
  { title: 'A job of 200 tasks', job: jobOfTasks(200) },
  long,
]

const edits: Record<string, (job: ValueObject) => ValueObject> = {
  equal: (job) => job,
  'one changed': withOneChange,
  reversed: withOrderReversed,
  'filled in': withDefaultsFilledIn,
}

/** The comparison with the rules of a job, and the library that others take, told by which keys items are found. */
export const drift: Benchmark = {
  name: 'drift',
  summary: 'the comparison of a job with Databricks, against jsondiffpatch',
  run({ progress, signal }) {
    const cases = Object.entries(edits).flatMap(([name, edit]) => {
      signal.throwIfAborted()
      progress(`Comparing ${jobs.length} jobs with what is found: ${name}`)
      return casesOf(name, edit)
    })
    const growth = growthOf(cases)
    refuse(cases, growth)
    const sections = jobs.map(({ title }) => ({
      title,
      figures: cases.filter((one) => one.title === title).flatMap(figuresOf),
    }))
    return Promise.resolve([...sections, { title: 'Four times as many tasks', figures: growth }])
  },
}

interface Case {
  readonly title: string
  /** What is found. */
  readonly name: string
  /** Microseconds for one comparison. */
  readonly ours: number
  readonly theirs: number
}

function casesOf(name: string, edit: (job: ValueObject) => ValueObject): Case[] {
  const sides = jobs.map(({ job }) => sidesOf(job, structuredClone(edit(job))))
  const ours = sides.map((side) => side.ours)
  const theirs = sides.map((side) => side.theirs)
  const times = measure([...ours, ...theirs])
  return jobs.map(({ title }, index) => ({
    title,
    name,
    ours: times[index] ?? Number.NaN,
    theirs: times[jobs.length + index] ?? Number.NaN,
  }))
}

/** Ours looks at three values where theirs looks at two, and says causes and paths where theirs says what to patch. */
function sidesOf(wanted: Value, found: Value) {
  const { rules }: { rules: Rules } = job
  const lastApplied = structuredClone(wanted)
  const patcher = create({ objectHash: keyOf })
  return {
    ours: () => compare({ wanted, found, lastApplied, rules }),
    theirs: () => patcher.diff(wanted, found),
  }
}

/**
 * By what the rules of a job tell items apart, those of libraries from PyPI included. Without a detour: it is part of
 * what the library takes.
 */
function keyOf(item: object): string | undefined {
  const { taskKey, jobClusterKey, name, pypi } = item as ValueObject
  const found = taskKey ?? jobClusterKey ?? name ?? memberOf(pypi, 'package')
  return typeof found === 'string' ? found : undefined
}

/** Microseconds that each takes. In turns, so that whatever else the machine does meets all. */
function measure(acts: readonly (() => unknown)[]): number[] {
  const often = acts.map((act) => ({ act, times: timesFor(act) }))
  const taken = Array.from({ length: rounds }, () =>
    often.map(({ act, times }) => microsecondsFor(act, times)),
  )
  return acts.map((_, index) => {
    const its = taken.map((round) => round[index] ?? Number.NaN)
    return percentile(its, quiet)
  })
}

/** How often something is done in a round, by its fastest time; to find that out also warms it up. */
function timesFor(act: () => unknown): number {
  const fastest = Math.min(...Array.from({ length: warmUp }, () => microsecondsFor(act, 1)))
  return Math.max(1, Math.round((roundMilliseconds * 1_000) / fastest))
}

function microsecondsFor(act: () => unknown, times: number): number {
  const began = performance.now()
  for (let count = 0; count < times; count += 1) act()
  return ((performance.now() - began) * 1_000) / times
}

const figuresOf = ({ name, ours, theirs }: Case): Figure[] => [
  microseconds(`${name}: ours`, ours),
  microseconds(`${name}: jsondiffpatch`, theirs),
  ratio(`${name}: ours ÷ jsondiffpatch`, ours / theirs),
]

const growthOf = (cases: readonly Case[]): Figure[] =>
  Object.keys(edits).map((name) => {
    const oursWith = (job: typeof short) =>
      cases.find((one) => one.title === job.title && one.name === name)?.ours ?? Number.NaN
    return ratio(name, oursWith(long) / oursWith(short))
  })

/** What the promises leave no room for, all of it at once. */
function refuse(cases: readonly Case[], growth: readonly Figure[]): void {
  const slower = cases
    .map(({ title, name, ours, theirs }) => ({ what: `${title}, ${name}`, share: ours / theirs }))
    .filter(({ share }) => !(share <= 1))
    .map(({ what, share }) => `${what}: ${share.toFixed(2)} times as long as jsondiffpatch`)
  const steeper = growth
    .filter(({ value }) => !(value <= 4 * growthTolerance))
    .map(({ name, value }) => `four times as many tasks, ${name}: ${value.toFixed(1)} times as long`)
  const broken = [...slower, ...steeper]
  if (broken.length > 0) throw new Error(broken.join('; '))
}
