/** A number in [0, 1), as Math.random gives it. */
export type Random = () => number

/**
 * How long to wait before the next try: doubles with each attempt up to the cap, and half of it is
 * chance, so that many who failed together do not come back together. The first attempt is 1.
 */
export function backoff(options: { base: number; cap: number; attempt: number; random: Random }): number {
  const { base, cap, attempt, random } = options
  const full = Math.min(cap, base * 2 ** (attempt - 1))
  return full / 2 + (full / 2) * random()
}
