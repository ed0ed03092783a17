import { test } from 'vitest'

/** One numbered fact of facts.md, held to; the number stands in the title of the test. */
export const fact = (number: string, sentence: string, check: () => Promise<void>): void => {
  test(`${number} ${sentence}`, check)
}
