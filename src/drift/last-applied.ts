import { gunzipSync, gzipSync } from 'node:zlib'
import { isAbsent, isValueObject, type Value } from './value.ts'

/** What fits into the status, in characters. */
const mostText = 131_072
/** What a text of that length may grow to: a bomb is not worth the memory. */
const mostBytes = 8 * 1024 * 1024

/**
 * What was last written, as one string for the status: JSON, gzip, base64. The same value gives the same
 * string, whatever order its members come in. Undefined when it is too long: with nothing remembered, what
 * leaves the manifest is left alone rather than removed.
 */
export function encodeLastApplied(value: Value): string | undefined {
  const zipped = gzipSync(JSON.stringify(ordered(value)), { level: 9 })
  // The tenth byte of a gzip header names the operating system, which is no part of the value.
  zipped[9] = 255
  const text = zipped.toString('base64')
  return text.length > mostText ? undefined : text
}

/** The value behind such a string; undefined for anything else, because a status can be edited by hand. */
export function decodeLastApplied(text: string): Value | undefined {
  if (text.length > mostText) return undefined
  try {
    const json = gunzipSync(Buffer.from(text, 'base64'), { maxOutputLength: mostBytes }).toString()
    return JSON.parse(json) as Value
  } catch {
    // Not ours, torn or too big: all the same to the caller, who goes on as if nothing had been remembered.
    return undefined
  }
}

function ordered(value: Value): Value {
  if (Array.isArray(value)) return value.map(ordered)
  if (!isValueObject(value)) return value
  const members = Object.entries(value).flatMap(([name, member]) =>
    isAbsent(member) ? [] : [[name, ordered(member)] as const],
  )
  return Object.fromEntries(members.toSorted(([a], [b]) => (a < b ? -1 : 1)))
}
