import { onTestFinished } from 'vitest'
import type { Databricks } from '../../src/databricks/client.ts'
import { Directory } from '../../src/kinds/workspace/directory.ts'
import { KubeClient } from '../../src/kube/client.ts'
import { EventRecorder } from '../../src/kube/events.ts'
import type { KubeObject } from '../../src/kube/object.ts'
import { Store } from '../../src/kube/store.ts'
import { Memory, type Environment } from '../../src/reconcile/environment.ts'
import { Search, Sightings } from '../../src/reconcile/search.ts'
import { Sweeps, type Answer } from '../../src/reconcile/sweeps.ts'
import { silentLog } from '../../src/telemetry/log.ts'
import { ManualClock } from '../manual-clock.ts'
import { anObject, aSession } from './fixtures.ts'
import { LiveApi } from './live-api.ts'

/** How many milliseconds an unanswered create may still take effect. */
export const attemptSettle = 150_000
export const createsWithin = 120_000

/** Chance in the middle of its range, where it neither shortens nor lengthens an interval. */
const random = (): number => 0.5

/** Everything around a loop, with the workspace `data/default` connected; gone when the test ends. */
export async function surroundings({
  databricks,
  clock = new ManualClock(),
  wake = () => undefined,
  count = () => undefined,
}: {
  databricks?: Databricks
  clock?: ManualClock
  /** Somebody is to be looked at. */
  wake?: (kind: string, key: string) => void
  /** A routine check is answered. */
  count?: (kind: string, answer: Answer) => void
} = {}) {
  const api = await LiveApi.start()
  const client = new KubeClient({ access: api.access, clock, random })
  onTestFinished(async () => {
    await client.close()
    await api[Symbol.asyncDispose]()
  })
  const directory = new Directory()
  directory.set('data/default', { is: 'Ready', session: aSession(databricks), interval: 600_000 })
  const workspaces = new Store<KubeObject>()
  workspaces.observe(anObject({ name: 'default' }))
  const { signal } = new AbortController()
  const events = new EventRecorder({
    client,
    clock,
    random,
    log: silentLog,
    controller: 'lakeward.dev/operator',
    instance: 'test',
    signal,
  })
  const sweeps = new Sweeps({ clock, random, log: silentLog, signal, wake, count })
  const environment: Environment = {
    client,
    stores: new Map([['DatabricksWorkspace', workspaces]]),
    directory,
    // Nothing is too much: the guard has tests of its own.
    deletions: { ask: () => Promise.resolve(undefined) },
    events,
    search: new Search(clock, 0, sweeps.counts),
    sightings: new Sightings(clock),
    sweeps,
    memory: new Memory(),
    clock,
    random,
    log: silentLog,
    signal,
    instance: 'here',
    isUnnamed: false,
    hashKey: 'a key',
    createsWithin,
    attemptSettle,
    isDefinitionGoing: () => Promise.resolve(false),
    lookAgain: () => undefined,
    isAskedFor: () => false,
    reportTrouble: () => undefined,
  }
  return { api, clock, directory, events, environment }
}

export type Surroundings = Awaited<ReturnType<typeof surroundings>>
