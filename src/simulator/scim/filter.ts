import { formatJson, type Json } from '../../databricks/json.ts'
import type { Refusal } from '../http/refusal.ts'
import { scimRefusal } from './refusal.ts'
import type { Lookup } from './values.ts'

/** Whether something is among what a filter asks for. */
export type Filter = (lookup: Lookup) => boolean

type Operator = (found: string, wanted: string) => boolean

const operators: ReadonlyMap<string, Operator> = new Map<string, Operator>([
  ['eq', (found, wanted) => found === wanted],
  ['co', (found, wanted) => found.includes(wanted)],
  ['sw', (found, wanted) => found.startsWith(wanted)],
  ['ew', (found, wanted) => found.endsWith(wanted)],
])

const token = /"(?:[^"\\]|\\.)*"|[()]|[^\s()"]+/gu

/** Reads a filter such as `userName sw "a" and active eq true`; `and` binds tighter than `or`. */
export function parseFilter(text: string): Filter | Refusal {
  const tokens = text.match(token) ?? []
  const isWhole = text.replace(token, '').trim() === ''
  const reader = new Reader(tokens)
  const filter = isWhole ? reader.either() : undefined
  return filter === undefined || !reader.isAtEnd
    ? scimRefusal(400, `The filter could not be read: ${text}`, 'invalidFilter')
    : filter
}

/** Goes through the tokens of a filter once; undefined is what cannot be read. */
class Reader {
  readonly #tokens: readonly string[]
  #at = 0

  constructor(tokens: readonly string[]) {
    this.#tokens = tokens
  }

  get isAtEnd(): boolean {
    return this.#at === this.#tokens.length
  }

  either(): Filter | undefined {
    const filters = this.#joined('or', () => this.#both())
    return filters && ((lookup) => filters.some((filter) => filter(lookup)))
  }

  #both(): Filter | undefined {
    const filters = this.#joined('and', () => this.#one())
    return filters && ((lookup) => filters.every((filter) => filter(lookup)))
  }

  #joined(word: string, read: () => Filter | undefined): Filter[] | undefined {
    const filters: Filter[] = []
    do {
      const filter = read()
      if (filter === undefined) return undefined
      filters.push(filter)
    } while (this.#take(word))
    return filters
  }

  #one(): Filter | undefined {
    if (this.#take('(')) {
      const inner = this.either()
      return this.#take(')') ? inner : undefined
    }
    const path = this.#next()
    const operator = this.#next()?.toLowerCase()
    if (path === undefined || operator === undefined) return undefined
    if (operator === 'pr') return (lookup) => lookup(path).length > 0
    const wanted = valueOf(this.#next())
    return wanted === undefined ? undefined : comparison(path, operator, wanted)
  }

  #next(): string | undefined {
    const found = this.#tokens[this.#at]
    this.#at += 1
    return found
  }

  #take(word: string): boolean {
    if (this.#tokens[this.#at]?.toLowerCase() !== word) return false
    this.#at += 1
    return true
  }
}

function comparison(path: string, operator: string, wanted: string): Filter | undefined {
  const fits = operators.get(operator === 'ne' ? 'eq' : operator)
  if (fits === undefined) return undefined
  const some: Filter = (lookup) => lookup(path).some((value) => fits(textOf(value), wanted))
  return operator === 'ne' ? (lookup) => !some(lookup) : some
}

/** Values are compared without regard to case. */
const textOf = (value: Json): string => (typeof value === 'string' ? value : formatJson(value)).toLowerCase()

function valueOf(text: string | undefined): string | undefined {
  if (text?.startsWith('"') !== true) return text?.toLowerCase()
  try {
    return textOf(JSON.parse(text) as Json)
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    // An escape that JSON does not have.
    return undefined
  }
}

/** The filter of a query; without one everything fits. */
export function filterIn(query: URLSearchParams): Filter | Refusal {
  const text = query.get('filter') ?? ''
  return text === '' ? () => true : parseFilter(text)
}
