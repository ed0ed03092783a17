import { Pool, ProxyAgent, type Dispatcher } from 'undici'
import type { TlsOptions } from './cluster-entry.ts'

/** Opens a pool of connections to one server. */
export function openPool(
  { origin, proxy }: { origin: string; proxy?: string | undefined },
  tls: TlsOptions,
): Dispatcher {
  const connect = { ...tls, timeout: 10_000 }
  const options = {
    // On a shared HTTP/2 session one stalled stream can hold up the others.
    allowH2: false,
    // Time is counted by the callers: per call in the client, per bookmark in the watch.
    headersTimeout: 0,
    bodyTimeout: 0,
  }
  if (proxy === undefined) return new Pool(origin, { ...options, connect })
  const proxyTls = { rejectUnauthorized: true, timeout: 10_000 }
  return new ProxyAgent({ ...options, uri: proxy, requestTls: { ...connect, allowH2: false }, proxyTls })
}
