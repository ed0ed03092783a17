import { isObject, parseJson, type JsonObject } from '../databricks/json.ts'

/** Page tokens are opaque to clients: the place to go on, in a form that invites nobody to count with it. */
export const pageToken = (place: Readonly<Record<string, number>>): string =>
  Buffer.from(JSON.stringify(place)).toString('base64url')

/** The place in a token that we gave out; undefined for any other text. */
export function placeOf(token: string): Readonly<Record<string, number>> | undefined {
  let place: JsonObject
  try {
    const parsed = parseJson(Buffer.from(token, 'base64url').toString())
    if (!isObject(parsed)) return undefined
    place = parsed
  } catch {
    // Not our JSON, so not our token: the caller says so to the client.
    return undefined
  }
  return Object.values(place).every((value) => typeof value === 'number')
    ? (place as Record<string, number>)
    : undefined
}
