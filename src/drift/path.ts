import { hashOf, looksSecret } from './secret-like.ts'

/**
 * One step from a value to a part of it: a member or map key, the index in an ordered list, or the key of an
 * item in a keyed list (with its number among items of the same key, from 1).
 */
export type Segment = string | number | ItemSegment

/** An item of a list, by its key. */
export interface ItemSegment {
  readonly key: string
  readonly occurrence: number
}

const plainName = /^[A-Za-z][A-Za-z0-9_-]*$/
// A key that could be taken for an index, a quoted key, an occurrence or any key is quoted.
const plainKey = /^(?!\d+$|\*$)(?! )[^[\]"#\p{C}]+(?<! )$/u

/**
 * The path as people read it: `tasks[extract].maxRetries`, `sparkConf["spark.sql.shuffle.partitions"]`. The key of an
 * item may hold a secret, such as a password in the address of a repository, and a path is shown to everybody.
 */
export function pathText(path: readonly Segment[]): string {
  return path.map((segment, index) => segmentText(segment, index === 0)).join('')
}

/** The key of an item as it may be shown. */
export const shownKey = (key: string): string => (looksSecret(key) ? hashOf(key) : key)

function segmentText(segment: Segment, isFirst: boolean): string {
  if (typeof segment === 'number') return `[${segment}]`
  if (typeof segment === 'string') {
    if (!plainName.test(segment)) return `[${JSON.stringify(segment)}]`
    return isFirst ? segment : `.${segment}`
  }
  const shown = shownKey(segment.key)
  const key = plainKey.test(shown) ? shown : JSON.stringify(shown)
  return segment.occurrence > 1 ? `[${key}#${segment.occurrence}]` : `[${key}]`
}
