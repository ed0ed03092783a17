import { setTimeout as wait } from 'node:timers/promises'

/** Longer than the operator takes to read a Secret again that was refused: 15 s, and half of it by chance. */
const usualDeadline = 35_000
const pause = 50

/**
 * Asks again and again until there is an answer: for what another process does in its own time. A probe that
 * throws has no answer yet, so that it may hold expectations; the last one stands in the error.
 */
export async function until<T>(
  what: string,
  probe: () => T | undefined | false | Promise<T | undefined | false>,
  within = usualDeadline,
): Promise<T> {
  const end = Date.now() + within
  for (;;) {
    let problem: unknown
    try {
      const answer = await probe()
      if (answer !== undefined && answer !== false) return answer
    } catch (error) {
      problem = error
    }
    if (Date.now() > end) throw new Error(`not within ${within / 1000} s: ${what}`, { cause: problem })
    await wait(pause)
  }
}
