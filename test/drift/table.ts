import { compare } from '../../src/drift/compare.ts'
import type { Rules } from '../../src/drift/rules.ts'
import type { Value } from '../../src/drift/value.ts'

/** One row of a table about a kind's rules: what is laid over the common case, and what comes of it. */
export interface Row {
  it: string
  wanted?: Record<string, Value | undefined>
  found?: Record<string, Value | undefined>
  last?: Record<string, Value | undefined>
  /** `path: cause`, with `unlisted` in front if not owned. */
  gives: string[]
}

/** Differences as `path: cause`, with `unlisted` in front if not owned. */
export function linesOf(rules: Rules, { wanted, found, lastApplied }: Three): string[] {
  return compare({ wanted, found, lastApplied, rules }).map(
    ({ owned, text, cause }) => `${owned ? '' : 'unlisted '}${text}: ${cause}`,
  )
}

interface Three {
  wanted: Value
  found: Value
  lastApplied: Value | undefined
}
