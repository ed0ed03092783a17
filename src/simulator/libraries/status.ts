import type { Library } from './library.ts'

/** How long a library waits and how long its installation takes, in virtual milliseconds. */
const waiting = 5000
const installing = 10_000

/** A library that somebody asked for. Times are virtual milliseconds. */
export interface Entry {
  readonly library: Library
  readonly requestedAt: number
  /** It is to go; the boot after which it is gone. */
  readonly leavesAfter: bigint | undefined
  /** Its installation fails, in this boot of the cluster or, without one, until it is asked for again. */
  readonly failure: { readonly message: string; readonly boot: bigint | undefined } | undefined
}

/** A library on the wire. */
export interface LibraryStatus {
  readonly library: Library
  readonly status: 'PENDING' | 'INSTALLING' | 'INSTALLED' | 'FAILED' | 'UNINSTALL_ON_RESTART'
  readonly messages: readonly string[] | undefined
  readonly is_library_for_all_clusters: false
}

/** When somebody looks, and since when the cluster is up; each boot of it has another number. */
export interface Moment {
  readonly now: number
  readonly upSince: number | undefined
  readonly boot: bigint
}

/** How far a library is. */
export function statusOf(entry: Entry, moment: Moment): LibraryStatus {
  const status = stageOf(entry, moment)
  const messages = status === 'FAILED' && entry.failure ? [entry.failure.message] : undefined
  return { library: entry.library, status, messages, is_library_for_all_clusters: false }
}

function stageOf({ requestedAt, leavesAfter, failure }: Entry, moment: Moment): LibraryStatus['status'] {
  const { now, upSince, boot } = moment
  if (leavesAfter !== undefined) return 'UNINSTALL_ON_RESTART'
  if (upSince === undefined) return 'PENDING'
  const elapsed = now - Math.max(requestedAt, upSince)
  if (elapsed < waiting) return 'PENDING'
  if (elapsed < waiting + installing) return 'INSTALLING'
  const fails = failure !== undefined && (failure.boot === undefined || failure.boot === boot)
  return fails ? 'FAILED' : 'INSTALLED'
}
