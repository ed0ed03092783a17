import { gunzipSync, gzipSync } from 'node:zlib'
import { ordered } from './ordered.ts'
import { remembered } from './remembered.ts'
import { sealed, type Keeping } from './sealed.ts'
import { summaryOf } from './summary.ts'
import { isAlike, type Value } from './value.ts'

/** What fits into the status, in characters. */
const mostText = 131_072
/** What a text of that length may grow to: a bomb is not worth the memory. */
const mostBytes = 8 * 1024 * 1024

/**
 * What was last written, by part, as one string for the status: JSON, gzip, base64, and secrets by their hash under a key. The same
 * value gives the same string, whatever order its members come in. Too long for the status, each part is summed up.
 * Undefined when that is too long still: with nothing remembered, what leaves the manifest is left alone rather than
 * removed.
 *
 * `stored` is the string in the status. Where it says the same it stays, also where another gzip would write it otherwise;
 * to see that costs a fraction of packing anew.
 */
export function encodeLastApplied(
  parts: Readonly<Record<string, Value>>,
  { rules, key }: Keeping,
  stored?: string,
): string | undefined {
  const kept = Object.entries(parts).map(
    ([part, value]) => [part, sealed(remembered(rules, value), key)] as const,
  )
  const whole = Object.fromEntries(kept)
  if (stored !== undefined && isAlike(decodeLastApplied(stored), whole)) return stored
  const text = textOf(whole)
  if (text.length <= mostText) return text
  const summaries = kept.map(([part, value]) => [part, summaryOf(value, rules)] as const)
  const short = textOf(Object.fromEntries(summaries))
  return short.length > mostText ? undefined : short
}

function textOf(value: Value): string {
  const zipped = gzipSync(JSON.stringify(ordered(value)), { level: 9 })
  // The tenth byte of a gzip header names the operating system, which is no part of the value.
  zipped[9] = 255
  return zipped.toString('base64')
}

/**
 * What is behind such a string, to be recalled part by part; undefined for anything else, because a status can be
 * edited by hand.
 */
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
