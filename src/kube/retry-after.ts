/**
 * A server or a proxy may ask us to stay away for a while; nobody is believed beyond this. A timer of Node's
 * would not even hold a longer wait than 24 days: it would end at once.
 */
const mostSeconds = 300

/** Retry-After is a number of seconds or a date (RFC 9110, 10.2.3). Anything else is nothing. */
export function secondsUntil(retryAfter: string | undefined, now: number): number | undefined {
  if (retryAfter === undefined) return undefined
  if (/^[0-9]+$/.test(retryAfter)) return boundedSeconds(Number(retryAfter))
  // `Date.parse` makes a date of "-5", too.
  return /^[A-Za-z]{3}/.test(retryAfter) ? boundedSeconds((Date.parse(retryAfter) - now) / 1_000) : undefined
}

/** A wait that may be waited; undefined when it is none at all. */
export const boundedSeconds = (seconds: number): number | undefined =>
  Number.isNaN(seconds) ? undefined : Math.min(mostSeconds, Math.max(0, seconds))
