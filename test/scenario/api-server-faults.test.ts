import { describe, expect } from 'vitest'
import { isMeant, type Which } from '../kube-faults/exchange.ts'
import type { KubeProxy } from '../kube-faults/proxy.ts'
import type { LineFault, RequestFault } from '../kube-faults/orders.ts'
import { inTrouble, move } from './in-trouble.ts'
import { job } from './manifests.ts'
import { conditions, idOf } from './observer.ts'
import { beyond, calm, Survival } from './survival.ts'
import { until } from './until.ts'
import type { World } from './world.ts'

/*
 * What can go wrong on the way between the operator and the API server, one row each. All of it is made by the
 * proxy; the server itself is in good health, and everybody else sees it so.
 */

const it = inTrouble()

const jobs = { resource: 'jobspecs' } as const
const error = (code: number, reason: string) =>
  JSON.stringify({
    type: 'ERROR',
    object: { kind: 'Status', status: 'Failure', code, reason, message: reason },
  })

interface Row {
  what: string
  /** What happens to the line that tells of the edit. */
  line: LineFault
  /** What happens to the request that follows. */
  next?: { verb: 'list' | 'watch'; fault: RequestFault; times?: number }
  /** How long the operator would have to wait, in milliseconds. */
  leap?: number
  /** How long it must not come back, in milliseconds. */
  away?: number
}

/** A little more than the longest silence of a watch, and than the longest wait for an answer. */
const silence = 101_000
const patience = 31_000
/** Than the wait after two failures in a row, and than the wait for a create whose sender may still be at work. */
const backoff = 4_100
const settling = 5_100

const cut: LineFault = { is: 'LineCut' }
/** The version has become too old: a list has to follow. */
const expired: LineFault = { is: 'LineReplaced', by: error(410, 'Expired') }
const answered = (status: number, seconds?: number): RequestFault => ({
  is: 'Answered',
  status,
  ...(seconds !== undefined && { headers: { 'retry-after': String(seconds) } }),
})

const rows: readonly Row[] = [
  { what: 'a watch is reset in the midst of an object', line: cut },
  { what: 'a watch goes silent in the midst of an object', line: { is: 'LineStalled' }, leap: silence },
  {
    what: 'a line of a watch is torn',
    line: { is: 'LineReplaced', by: '{"type":"MODIFIED","object":{"met' },
  },
  { what: 'an event has no object', line: { is: 'LineReplaced', by: '{"type":"MODIFIED","object":{}}' } },
  {
    what: 'an event is of an unknown type',
    line: { is: 'LinePreceded', by: '{"type":"MOVED","object":{}}' },
  },
  { what: 'a watch tells of an error', line: { is: 'LineReplaced', by: error(500, 'InternalError') } },
  { what: 'a watch tells that its version is too old', line: expired },
  {
    what: 'a watch is answered 500',
    line: cut,
    next: { verb: 'watch', fault: answered(500), times: 2 },
    leap: backoff,
  },
  {
    what: 'a watch is answered 429',
    line: cut,
    next: { verb: 'watch', fault: answered(429, 2) },
    away: 2_000,
  },
  {
    what: 'a watch is answered 503',
    line: cut,
    next: { verb: 'watch', fault: answered(503, 2) },
    away: 2_000,
  },
  {
    what: 'a watch is not answered at all',
    line: cut,
    next: { verb: 'watch', fault: { is: 'Stalled', when: 'BeforeServer' } },
    leap: patience,
  },
  {
    what: 'a list is answered 500',
    line: expired,
    next: { verb: 'list', fault: answered(500), times: 2 },
    leap: backoff,
  },
  {
    what: 'a list is answered 429',
    line: expired,
    next: { verb: 'list', fault: answered(429, 2) },
    away: 2_000,
  },
  {
    what: 'a list is answered 503',
    line: expired,
    next: { verb: 'list', fault: answered(503, 2) },
    away: 2_000,
  },
  {
    what: 'a list is cut in its midst',
    line: expired,
    next: { verb: 'list', fault: { is: 'Cut', when: 'InBody' } },
  },
  {
    what: 'a list stops in its midst',
    line: expired,
    next: { verb: 'list', fault: { is: 'Stalled', when: 'InBody' } },
    leap: patience,
  },
]

const slug = (what: string): string => what.replaceAll(/[^a-z0-9]+/g, '-')

const keysOf = <T extends object>(value: T) => Object.keys(value) as (keyof T)[]

/** Milliseconds between the last of these requests that was harmed and the one after it. */
function absence({ exchanges }: KubeProxy, of: Which): number {
  const asked = exchanges.filter((one) => isMeant(one, { resource: 'jobspecs', ...of }))
  const index = asked.findLastIndex(({ fault }) => fault !== undefined && !fault.startsWith('Line'))
  const [harmed, next] = [asked[index], asked[index + 1]]
  return harmed === undefined || next === undefined ? Number.NaN : next.at - harmed.at
}

describe('what people do is done, once, although', () => {
  it.for(rows.map((row) => [row.what, row] as const))('%s', async ([, row], { world, proxy, task }) => {
    const { what, line, next, leap, away } = row
    const story = await Survival.begin(world, task, slug(what))
    const first = proxy.orderLine({ on: { ...jobs, name: story.name }, fault: line })
    const second =
      next && proxy.order({ on: { ...jobs, verb: next.verb }, fault: next.fault, times: next.times ?? 1 })
    await story.edit()
    await until('the trouble has come', () => first.isUsedUp && second?.isUsedUp !== false)
    await story.look()
    if (leap !== undefined) await move(world, { leap })
    await story.end()
    if (away !== undefined && next !== undefined)
      expect(absence(proxy, { verb: next.verb })).toBeGreaterThan(away - 50)
  })
})

/** The four writes for a new job, and which of the patches of its name each is. */
const writes = {
  finalizer: { on: { ...jobs, verb: 'patch', subresource: 'none' }, after: 0 },
  attempt: { on: { ...jobs, verb: 'patch', subresource: 'status' }, after: 0 },
  id: { on: { ...jobs, verb: 'patch', subresource: 'status' }, after: 1 },
  report: { on: { ...jobs, verb: 'patch', subresource: 'status' }, after: 2 },
} as const

interface Harm {
  how: string
  fault: RequestFault
  /** What is written more often than in quiet times, and how often. */
  more: Partial<Record<keyof typeof writes, number>>
  leap?: number
  away?: number
}

/** Lets the time pass for which a create whose sender may still be at work is waited for. */
async function sitOut(world: World, name: string): Promise<void> {
  const { seen } = world.kubernetes
  const isWaitedFor = () =>
    seen
      .versions('JobSpec', name)
      .some((version) => conditions(version)['Reconciling'] === 'True CreateUnfinished')
  await until(`the attempt of ${name} is waited for`, isWaitedFor)
  await move(world, { leap: settling })
}

/** An attempt that nobody finished is waited for, which is said, and then begun anew. */
const unfinished = { attempt: 2 }
/** The next pass says that it looks for what was made. */
const lookedFor = { id: 1 }

const harms: readonly Harm[] = [
  { how: 'is cut before the server has it', fault: { is: 'Cut', when: 'BeforeServer' }, more: lookedFor },
  {
    how: 'is done, but its answer is cut',
    fault: { is: 'Cut', when: 'InBody' },
    more: unfinished,
  },
  { how: 'is lost', fault: { is: 'Stalled', when: 'BeforeServer' }, more: lookedFor, leap: patience },
  {
    how: 'is done, but never answered',
    fault: { is: 'Stalled', when: 'AfterServer' },
    more: unfinished,
    leap: patience,
  },
  { how: 'is answered 429', fault: answered(429, 2), more: lookedFor, away: 2_000 },
  { how: 'is answered 503', fault: answered(503, 2), more: lookedFor, away: 2_000 },
]

describe('a job is made once, although the write of its finalizer, its attempt, its id or its report', () => {
  it.for(harms)('$how', async ({ how, fault, more, leap, away }, { world, proxy, task }) => {
    const { kubernetes, databricks, audit } = world
    await kubernetes.ready('DatabricksWorkspace', 'default')
    const audited = (await audit.writes()).length
    const all = keysOf(writes).map((what) => {
      const name = `${slug(how)}-${what}`
      const { on, after } = writes[what]
      return { what, name, ordered: proxy.order({ on: { ...on, name }, after, fault }) }
    })
    const { writes: sent } = await databricks.during(async () => {
      await kubernetes.apply(...all.map(({ name }) => job(name)))
      await until('the trouble has come', () => all.every(({ ordered }) => ordered.isUsedUp))
      const over = performance.now()
      if (leap !== undefined) await move(world, { leap })
      const isWell = { Ready: 'True Applied', Drifted: 'False NoDrift' }
      // The others first: a leap must not end a call of theirs to Databricks.
      for (const { name, what } of all) if (what !== 'attempt') await kubernetes.has('JobSpec', name, isWell)
      if (more === unfinished) await sitOut(world, `${slug(how)}-attempt`)
      for (const { name } of all) {
        const object = await kubernetes.has('JobSpec', name, isWell)
        expect(await databricks.jobsNamed(name)).toEqual([idOf(object)])
      }
      task.meta.convergedIn = performance.now() - over
      for (const { name } of all) await kubernetes.recheck('JobSpec', name)
    })
    expect(sent.map(({ path }) => path)).toEqual(all.map(() => '/api/2.2/jobs/create'))
    const written = (await audit.writes()).slice(audited).filter((write) => write.endsWith(' 200'))
    const expected = all.flatMap(({ what, name }) => [
      ...calm.create(name),
      ...calm.report(name),
      ...Array.from({ length: more[what] ?? 0 }, () => calm.report(name)).flat(),
    ])
    expect(beyond(written, expected), 'written without need').toEqual([])
    for (const { name } of all)
      if (away !== undefined) expect(absence(proxy, { name })).toBeGreaterThan(away - 50)
  })
})
