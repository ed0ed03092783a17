import type { Clock } from '../clock.ts'
import { isObject, type Json, type JsonObject } from '../databricks/json.ts'
import { errorOfStatus } from './error-status.ts'
import type { KubeClient } from './client.ts'
import { hasStatus, KubeError } from './kube-error.ts'
import { Silence } from './silence.ts'

/** How long the server keeps a watch open; a fresh one is cheap and heals what nobody noticed. */
export const watchSeconds = 290

/** What a watch tells. `version` is how far one has come with it. */
export type WatchEvent =
  | { is: 'Put'; object: JsonObject; version: string }
  | { is: 'Deleted'; object: JsonObject; version: string }
  | { is: 'Bookmark'; version: string }

/** How a watch ended, and so how to go on. */
export type WatchEnd =
  /** The server closed it in good order: go on from the last version, unless it was before its time. */
  | { is: 'Ended' }
  /** The server cannot go on from the version, which is too old: only a list helps. */
  | { is: 'Expired' }
  /** Nothing was heard for too long: what was missed is unknown, only a list helps. */
  | { is: 'Silent' }
  /** The stream held an error, or something that is no event, and would again: only a list is worth trusting. */
  | { is: 'Garbled'; error: Error }
  | { is: 'Failed'; error: unknown }

/**
 * Follows one watch until it ends. Never throws: whatever ends it is the answer.
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes
 */
export async function watchOnce(options: {
  client: KubeClient
  path: string
  /** Where to go on from. */
  version: string
  clock: Clock
  signal: AbortSignal
  /** The server has taken it; its first word may be a minute away. */
  onOpen: () => void
  onEvent: (event: WatchEvent) => void
}): Promise<WatchEnd> {
  const { client, path, version, clock, signal, onOpen, onEvent } = options
  const query = { resourceVersion: version, allowWatchBookmarks: true, timeoutSeconds: watchSeconds }
  using silence = new Silence(clock, signal)
  try {
    for await (const line of client.watch(path, query, { signal: silence.signal, onOpen })) {
      silence.broken()
      const read = readLine(path, line)
      if (read?.is === 'Expired' || read?.is === 'Garbled' || read?.is === 'Failed') return read
      if (read !== undefined) onEvent(read)
    }
    return { is: 'Ended' }
  } catch (error) {
    if (silence.isTooLong) return { is: 'Silent' }
    if (hasStatus(error, 410)) return { is: 'Expired' }
    if (error instanceof KubeError && error.reason === 'Malformed') return { is: 'Garbled', error }
    return { is: 'Failed', error }
  }
}

type BadEnd = Extract<WatchEnd, { is: 'Expired' | 'Garbled' | 'Failed' }>

/** One line of a watch; undefined when it is of a type that we do not know and so may pass over. */
function readLine(path: string, line: Json): WatchEvent | BadEnd | undefined {
  const { type, object } = isObject(line) ? line : {}
  const metadata = isObject(object) && isObject(object.metadata) ? object.metadata : {}
  const version = metadata.resourceVersion
  if (typeof type !== 'string') return garbled(path, 'an event')
  switch (type) {
    case 'ERROR': {
      const error = errorOfStatus(`WATCH ${path}`, object ?? null)
      if (error.status === 410) return { is: 'Expired' }
      return { is: error.status === 429 ? 'Failed' : 'Garbled', error }
    }
    case 'BOOKMARK':
      return isVersion(version) ? { is: 'Bookmark', version } : garbled(path, 'a bookmark')
    case 'ADDED':
    case 'MODIFIED':
    case 'DELETED': {
      const isWhole = typeof metadata.name === 'string' && typeof metadata.uid === 'string'
      if (!isObject(object) || !isWhole || !isVersion(version)) return garbled(path, 'an object')
      return { is: type === 'DELETED' ? 'Deleted' : 'Put', object, version }
    }
    default:
      return undefined
  }
}

const isVersion = (version: unknown): version is string =>
  typeof version === 'string' && /^[0-9]+$/.test(version)

const garbled = (path: string, what: string): BadEnd => ({
  is: 'Garbled',
  error: new Error(`WATCH ${path}: the API server sent ${what} without what it must have`),
})
