/**
 * JSON without loss. Databricks' ids (`job_id`, `run_id`, …) are 64-bit integers that exceed what a
 * JavaScript number holds exactly: such an integer becomes a bigint when read and a bare JSON number
 * again when written. Every other number stays a number.
 */
export type Json = string | number | bigint | boolean | null | Json[] | { [key: string]: Json }

/** An object of it, such as the body of most calls. */
export type JsonObject = { [key: string]: Json }

/** TypeScript's library does not know the source-text access of JSON yet; Node 24 has it. */
const parse = JSON.parse as (
  text: string,
  reviver: (key: string, value: unknown, context: { source?: string }) => unknown,
) => unknown
const raw = (JSON as unknown as { rawJSON(this: void, text: string): unknown }).rawJSON

const mayHoldBigInteger = /[0-9]{16}/
const integer = /^-?[0-9]+$/

/** Parses a JSON text. Throws SyntaxError as JSON.parse does. */
export function parseJson(text: string): Json {
  if (!mayHoldBigInteger.test(text)) return JSON.parse(text) as Json
  return parse(text, (_key, value, { source }) =>
    typeof value === 'number' && !Number.isSafeInteger(value) && source !== undefined && integer.test(source)
      ? BigInt(source)
      : value,
  ) as Json
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
