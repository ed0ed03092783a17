import { describe, expect, it } from 'vitest'
import { pino } from 'pino'
import type { ListWatch } from '../../src/kube/list-watch.ts'
import { areFull, areHeard, goOn, longestSilence, together } from '../../src/operator/watches.ts'
import { ManualClock } from '../manual-clock.ts'

/** The watch of one kind, as a test wants it. */
function watchOf(troubles: string[] = []) {
  const synced = Promise.withResolvers<void>()
  const done = Promise.withResolvers<void>()
  const state = { heard: 0, troubles }
  const watch: ListWatch = {
    synced: synced.promise,
    done: done.promise,
    lastHeard: () => state.heard,
    troubles: () => state.troubles,
  }
  return { synced, done, state, watch }
}

function stage() {
  const [jobs, grants] = [watchOf(), watchOf()]
  const stop = new AbortController()
  const logged: string[] = []
  const log = pino({ level: 'error' }, { write: (line) => void logged.push(line) })
  const byKind = new Map([
    ['JobSpec', jobs.watch],
    ['CatalogGrant', grants.watch],
  ])
  const watches = together(byKind, { signal: stop.signal, log })
  return { jobs, grants, stop, logged, watches, clock: new ManualClock() }
}

const settled = () => new Promise((resolve) => setImmediate(resolve))

describe('the caches', () => {
  it('are full when that of every kind is, and until then say which are not', async () => {
    const { jobs, grants, watches } = stage()
    const full = areFull(watches)
    expect(full.problem()).toBe('not full yet: JobSpec, CatalogGrant')
    jobs.synced.resolve()
    await settled()
    expect(full.problem()).toBe('not full yet: CatalogGrant')
    grants.synced.resolve()
    await watches.synced
    await settled()
    expect(full.problem()).toBeUndefined()
  })
})

describe('the API server', () => {
  it('is away as soon as it cannot be asked, and there as soon as it can', () => {
    const { jobs, grants, watches, clock } = stage()
    const heard = areHeard(watches, clock)
    expect(heard.problem()).toBeUndefined()
    jobs.state.troubles = ['jobspecs: refused']
    expect(heard.problem()).toBe('jobspecs: refused')
    grants.state.troubles = ['cataloggrants: refused']
    expect(heard.problem()).toBe('jobspecs: refused (and 1 more)')
    jobs.state.troubles = grants.state.troubles = []
    expect(heard.problem()).toBeUndefined()
  })

  it('is away when it has been silent for long, about whatever it is', async () => {
    const { jobs, watches, clock } = stage()
    const heard = areHeard(watches, clock)
    await clock.advance(longestSilence)
    expect(heard.problem()).toBeUndefined()
    jobs.state.heard = clock.monotonic()
    await clock.advance(1)
    expect(heard.problem()).toBe('nothing heard for more than 3 minutes of CatalogGrant')
  })
})

describe('a watch that ends by itself', () => {
  it('is a fault that the log and the health tell', async () => {
    const { jobs, watches, logged } = stage()
    const alive = goOn(watches)
    expect(alive.problem()).toBeUndefined()
    jobs.done.reject(new Error('a bug'))
    await settled()
    expect(alive.problem()).toBe('no longer followed: JobSpec')
    expect(logged).toHaveLength(1)
    expect(logged[0]).toContain('a bug')
  })

  it('is none when everything ends', async () => {
    const { jobs, grants, stop, watches, logged } = stage()
    stop.abort()
    jobs.done.resolve()
    grants.done.resolve()
    await watches.done
    expect(goOn(watches).problem()).toBeUndefined()
    expect(logged).toEqual([])
  })
})
