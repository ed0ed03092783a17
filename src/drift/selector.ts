import { shownKey, type Segment } from './path.ts'

/*
 * A path as a person writes it to say which differences are meant: that of a difference as the status shows it, or of
 * anything above it, and `*` for every key of a map or every item of a list.
 */

/** One step of such a path: a member by its name, something by its key in brackets, or whatever stands there. */
export type Step =
  | { readonly is: 'Member'; readonly name: string }
  | { readonly is: 'Key'; readonly key: string; readonly occurrence: number; readonly isQuoted: boolean }
  | { readonly is: 'Any' }

/** A path that a person wrote, step by step. */
export type Selector = readonly Step[]

/** `at`: from which character on it cannot be read, counted from 1. */
export type ParsedSelector = { is: 'Selector'; steps: Selector } | { is: 'Unreadable'; at: number }

const step =
  /\.?(?:(?<name>[A-Za-z][A-Za-z0-9_-]*)|(?<any>\*|\[\*\])|\[(?:(?<quoted>"(?:[^"\\]|\\.)*")|(?<plain>[^[\]"#]+))(?:#(?<occurrence>[1-9][0-9]{0,4}))?\])/y

/** Reads `tasks[extract].maxRetries`, `sparkConf["spark.x"]`, `tasks[*].maxRetries`, `tags.*`. */
export function parseSelector(text: string): ParsedSelector {
  const steps: Step[] = []
  step.lastIndex = 0
  while (step.lastIndex < text.length) {
    const at = step.lastIndex
    const groups = step.exec(text)?.groups
    const read = groups === undefined ? undefined : stepOf(groups)
    const hasDot = text[at] === '.'
    // A dot stands between two names, and two names never stand without one.
    const isJoined = read?.is === 'Member' ? hasDot === at > 0 : !hasDot || (at > 0 && text[at + 1] === '*')
    if (read === undefined || !isJoined) return { is: 'Unreadable', at: at + 1 }
    steps.push(read)
  }
  return steps.length === 0 ? { is: 'Unreadable', at: 1 } : { is: 'Selector', steps }
}

function stepOf({
  name,
  any,
  quoted,
  plain,
  occurrence,
}: Record<string, string | undefined>): Step | undefined {
  if (name !== undefined) return { is: 'Member', name }
  if (any !== undefined) return { is: 'Any' }
  const key = quoted === undefined ? plain : unquoted(quoted)
  return key === undefined
    ? undefined
    : { is: 'Key', key, occurrence: Number(occurrence ?? 1), isQuoted: quoted !== undefined }
}

function unquoted(text: string): string | undefined {
  try {
    return JSON.parse(text) as string
  } catch {
    // Only a string literal gets here, so it is one with an escape that JSON does not have.
    return undefined
  }
}

/** Whether what stands at a path is meant: it, or something above it. */
export const isSelected = (selector: Selector, path: readonly Segment[]): boolean =>
  path.length >= selector.length && selector.every((one, index) => isMet(one, path[index]))

function isMet(one: Step, segment: Segment | undefined): boolean {
  switch (one.is) {
    case 'Any':
      return segment !== undefined
    case 'Member':
      return segment === one.name
    case 'Key':
      return isKey(one, segment)
    default:
      return one satisfies never
  }
}

function isKey({ key, occurrence, isQuoted }: Step & { is: 'Key' }, segment: Segment | undefined): boolean {
  if (typeof segment === 'number') return !isQuoted && key === String(segment)
  if (typeof segment === 'string') return key === segment
  return segment?.occurrence === occurrence && (segment.key === key || shownKey(segment.key) === key)
}
