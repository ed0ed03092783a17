import { diffString } from 'json-diff'
import type { Difference } from './difference.ts'
import { excerpt } from './excerpt.ts'
import type { Value } from './value.ts'

const mostDifferences = 50
/** json-diff matches the items of two lists by likeness, which is cubic: only small values may reach it. */
const mostValue = 2000

/**
 * The differences as a person reads them in a log or an event: `-` is what Databricks has, `+` what the
 * manifest wants, one entry for each path. Secrets are masked. Empty when there are none.
 */
export function render(differences: readonly Difference[]): string {
  const few = differences.slice(0, mostDifferences)
  const side = (name: 'wanted' | 'found') =>
    Object.fromEntries(
      few.flatMap(({ text, shown }) => {
        const value = shown?.[name]
        return value === undefined ? [] : [[keyOf(text), small(value)] as const]
      }),
    )
  const rest = differences.length - few.length
  const more = rest > 0 ? `and ${rest} more\n` : ''
  return `${diffString(side('found'), side('wanted'), { color: false })}${more}`
}

// json-diff gives endings such as `__deleted` a meaning of its own; a quoted path cannot have one.
const keyOf = (path: string): string => (path.includes('__') ? JSON.stringify(path) : path)

function small(value: Value): Value {
  const text = JSON.stringify(value)
  return text.length > mostValue ? excerpt(text, mostValue) : value
}
