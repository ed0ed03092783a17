/**
 * JSON without loss. Databricks' ids (`job_id`, `run_id`, …) are 64-bit integers that exceed what a
 * JavaScript number holds exactly: such an integer becomes a bigint when read and a bare JSON number
 * again when written. Every other number stays a number.
 */
export type Json = string | number | bigint | boolean | null | Json[] | { [key: string]: Json }

/** An object of it, such as the body of most calls. */
export type JsonObject = { [key: string]: Json }

/** TypeScript's library does not know the source-text access of JSON yet; Node 24 has it. */
const parseBySource = JSON.parse as (
  text: string,
  reviver: (key: string, value: unknown, context: { source?: string }) => unknown,
) => unknown
const raw = (JSON as unknown as { rawJSON(this: void, text: string): unknown }).rawJSON

/** No id has so many digits. What has more stays a number: a bigint of millions of them would take seconds to make. */
const integer = /^-?[0-9]{1,40}$/
/** Such a run of digits is an integer that may be too long for a number, unless it stands in a string. */
const longInteger = /((?:^|[:[,])\s*)(-?[1-9][0-9]{15,39})(?=\s*(?:[,\]}]|$))/g
/** Begins a string that stands in for such an integer. No character is assigned to it, so texts hardly ever have it. */
const mark = '\uE000'
const hasMark = /\uE000|\\ue000/i

/**
 * Parses a JSON text. Throws SyntaxError as JSON.parse does.
 *
 * To ask for the source of every number costs five times the parse. So integers that are too long become marked strings
 * first. Where one stood within a string, its quotation mark ends that, and a mark follows where JSON has none: such a
 * text is never misread, and is parsed the slow way.
 */
export function parseJson(text: string): Json {
  const marked = text.replace(longInteger, (whole, before: string, digits: string) =>
    Number.isSafeInteger(Number(digits)) ? whole : `${before}"${mark}${digits}"`,
  )
  if (marked === text) return JSON.parse(text) as Json
  if (hasMark.test(text)) return parseSlowly(text)
  try {
    return unmarked(JSON.parse(marked) as Json)
  } catch {
    return parseSlowly(text)
  }
}

const parseSlowly = (text: string): Json =>
  parseBySource(text, (_key, value, { source }) =>
    typeof value === 'number' && !Number.isSafeInteger(value) && source !== undefined && integer.test(source)
      ? BigInt(source)
      : value,
  ) as Json

/** The same value, with what is marked in it as what it stands for. */
function unmarked(value: Json): Json {
  if (typeof value === 'string') return value.startsWith(mark) ? BigInt(value.slice(mark.length)) : value
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(unmarked)
  for (const [name, member] of Object.entries(value)) {
    const known = unmarked(member)
    if (known !== member) value[name] = known
  }
  return value
}

/** Writes a value as JSON; bigints become bare numbers, undefined members are left out. */
export function formatJson(value: unknown): string {
  return JSON.stringify(value, (_key, member: unknown) =>
    typeof member === 'bigint' ? raw(member.toString()) : member,
  )
}

/** Whether a value is a JSON object, neither array nor null. */
export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
