import { isObject, parseJson, type Json, type JsonObject } from '../databricks/json.ts'

/** Page tokens are opaque to clients: the place to go on, in a form that invites nobody to count with it. */
export const pageToken = (place: Readonly<Record<string, number | string>>): string =>
  Buffer.from(JSON.stringify(place)).toString('base64url')

/** The place in a token that we gave out, if it is made of numbers; undefined for any other text. */
export function placeOf(token: string): Readonly<Record<string, number>> | undefined {
  const place = opened(token)
  return place !== undefined && Object.values(place).every((value) => typeof value === 'number')
    ? (place as Record<string, number>)
    : undefined
}

/** What is in a token that we gave out; undefined for a text that is none of ours. */
export function opened(token: string): JsonObject | undefined {
  let place: Json
  try {
    place = parseJson(Buffer.from(token, 'base64url').toString())
  } catch {
    // Not our JSON, so not our token: the caller says so to the client.
    return undefined
  }
  return isObject(place) ? place : undefined
}
