import { unlessAborted } from '../deadline.ts'
import type { TokenCache } from './cache.ts'
import type { Stored } from './stored.ts'
import type { AuthKind, TokenSource } from './token.ts'

/** What a source is made of. */
export interface Making {
  readonly kind: AuthKind
  readonly cache: TokenCache
  /** What its tokens are asked for with, unless that is made anew for each of them. */
  readonly stored?: Stored | undefined
}

/** Tokens out of a cache, dropped as soon as what they were asked for with has been replaced. */
export function tokenSource({ kind, cache, stored }: Making): TokenSource {
  return {
    kind,
    token: async (signal) => {
      if (stored?.isOld === true && cache.hasUsable) await unlessAborted(stored.look(), signal)
      if (stored?.noticeChange() === true) cache.drop()
      return cache.token(signal)
    },
    invalidate: () => {
      stored?.forget()
      cache.refuse()
    },
  }
}
