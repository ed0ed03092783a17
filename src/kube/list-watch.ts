/**
 * Keeping a store equal to what the API server has.
 *
 * Guarantees: never ends but by the signal; after every trouble it goes on by itself, never faster than its
 * backoff and the server's Retry-After allow; a change that was missed is found by the next list, whatever the
 * reason it was missed for; every difference between two looks is told exactly once, an object made again under
 * the same name as a delete and an add; a listener that throws costs a log line.
 *
 * How: a list gives the truth and its version; a watch goes on from there, and from its last version again
 * when it ends. Whenever the stream cannot be trusted (too old a version, silence past the bookmarks, an error
 * or something that is no event in it, an end before its time, a kind that vanished) comes a list, never a resume. After a watch that
 * was cut off the server is asked how far it is: one that is not as far as we are was restored to older data,
 * and a list follows. From time to time (`relistEvery`) everything is listed beside
 * whatever watch is open; that list outlives the watch, and where it fails the watch goes on.
 *
 * Does not notice by itself: a restored server whose versions have come past ours while we were cut off. What
 * differs then is found by the next list.
 *
 * Assumes: listeners are quick and take changes as news only; the truth is in the store.
 */
import type { Following } from './following.ts'
import type { KubeObject } from './object.ts'
import { Scope } from './scope.ts'

/** What is followed, where, and who is told. */
export interface ListWatchOptions<T extends KubeObject> extends Following<T> {
  /** Undefined = all namespaces, which needs a right on the whole cluster. */
  namespaces?: string[] | undefined
}

/** A running list and watch. */
export interface ListWatch {
  /** The store has been complete once; rejects when the signal falls before. */
  synced: Promise<void>
  /** When the API server last said something, on the monotonic clock; the most silent namespace counts. */
  lastHeard(): number
  /** What keeps us from following it now, a sentence for each namespace that it is so in. */
  troubles(): string[]
  /** Everything has ended, after the signal. */
  done: Promise<void>
}

/** Starts following a resource. */
export function listAndWatch<T extends KubeObject>(options: ListWatchOptions<T>): ListWatch {
  const namespaces = options.namespaces ?? [undefined]
  const scopes = namespaces.map((namespace) => new Scope<T>(options, namespace))
  const done = Promise.all(scopes.map((scope) => scope.run())).then(() => undefined)
  const synced = Promise.all(scopes.map((scope) => scope.synced)).then(() => undefined)
  // Those who wait for it are told; that nobody waits is not an error.
  synced.catch(() => undefined)
  return {
    synced,
    done,
    lastHeard: () => Math.min(...scopes.map((scope) => scope.lastHeard)),
    troubles: () => scopes.flatMap(({ trouble = [] }) => trouble),
  }
}
