import type { Clock } from '../clock.ts'
import type { ListWatch } from '../kube/list-watch.ts'
import type { Log } from '../telemetry/log.ts'
import type { Check } from './health.ts'

/** All watches of the operator as one. */
export interface Watches {
  /** Every store is complete; rejects when the signal falls before. */
  synced: Promise<void>
  /** All have ended. */
  done: Promise<void>
  /** When the API server last said something, monotonic, by kind. */
  lastHeard: () => ReadonlyMap<string, number>
  /** Sentences about what cannot be followed now. */
  troubles: () => string[]
  /** Kinds whose store is not complete yet. */
  missing: () => string[]
  /** Kinds that are not followed any more although nobody asked for that: a fault of ours. */
  broken: () => readonly string[]
}

/** Takes the watches of all kinds together. `signal` is theirs. */
export function together(
  byKind: ReadonlyMap<string, ListWatch>,
  { signal, log }: { signal: AbortSignal; log: Log },
): Watches {
  const all = [...byKind.values()]
  const synced = Promise.all(all.map((watch) => watch.synced)).then(() => undefined)
  // Those who wait for it are told; that nobody waits, because the program ends before, is not an error.
  synced.catch(() => undefined)
  const missing = new Set(byKind.keys())
  for (const [kind, watch] of byKind) watch.synced.then(() => missing.delete(kind)).catch(() => undefined)
  const broken: string[] = []
  const ends = [...byKind].map(async ([kind, { done }]) => {
    const why = await done.catch((error: unknown) => error)
    if (signal.aborted) return
    broken.push(kind)
    log.error({ kind, err: why }, 'a watch has ended that never should')
  })
  return {
    synced,
    done: Promise.all(ends).then(() => undefined),
    lastHeard: () => new Map([...byKind].map(([kind, watch]) => [kind, watch.lastHeard()])),
    troubles: () => all.flatMap((watch) => watch.troubles()),
    missing: () => [...missing],
    broken: () => broken,
  }
}

/** Silence for longer than this means that nobody is there, in milliseconds: bookmarks come about every minute. */
export const longestSilence = 180_000

/** Every watch goes on, whatever it meets. */
export const goOn = ({ broken }: Pick<Watches, 'broken'>): Check => ({
  name: 'watches',
  problem: () => (broken().length === 0 ? undefined : `no longer followed: ${broken().join(', ')}`),
})

/** Every store has been complete once. */
export const areFull = ({ missing }: Pick<Watches, 'missing'>): Check => ({
  name: 'caches',
  problem: () => (missing().length === 0 ? undefined : `not full yet: ${missing().join(', ')}`),
})

/**
 * The API server is there and lets us follow everything. That it does not is known at once when it refuses or cannot be
 * reached, and by its silence when a connection is only half there.
 */
export const areHeard = (
  { troubles, lastHeard }: Pick<Watches, 'troubles' | 'lastHeard'>,
  clock: Clock,
): Check => ({
  name: 'api-server',
  problem: () => {
    const [first, ...others] = troubles()
    if (first !== undefined) return others.length === 0 ? first : `${first} (and ${others.length} more)`
    const silent = [...lastHeard()].filter(([, at]) => clock.monotonic() - at > longestSilence)
    if (silent.length === 0) return undefined
    return `nothing heard for more than ${longestSilence / 60_000} minutes of ${silent.map(([kind]) => kind).join(', ')}`
  },
})
