import type { AccessToken } from './token.ts'

/** A token in hand. Instants are monotonic. */
export interface HeldToken {
  readonly token: string
  readonly staleAt: number
  readonly expiresAt: number
}

/** A token is replaced so long before its end, unless it lives too shortly for that. */
const longestStale = 20 * 60_000

/** An answer that names no life, or one that is over, is not asked for again with every call. */
const shortestLife = 10_000

/** A token that was asked for at `since`. */
export function held({ token, lifetime }: AccessToken, since: number): HeldToken {
  if (lifetime === undefined)
    return { token, staleAt: Number.POSITIVE_INFINITY, expiresAt: Number.POSITIVE_INFINITY }
  const life = Math.max(lifetime, shortestLife)
  const expiresAt = since + life
  return { token, staleAt: expiresAt - Math.min(life / 2, longestStale), expiresAt }
}

/**
 * What may be done with a token: a `Fresh` one is used; a `Stale` one too, but a new one is fetched behind it;
 * an `Expired` one is not.
 */
export function useOf({ staleAt, expiresAt }: HeldToken, now: number): 'Fresh' | 'Stale' | 'Expired' {
  if (now >= expiresAt) return 'Expired'
  return now >= staleAt ? 'Stale' : 'Fresh'
}
