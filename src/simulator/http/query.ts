import { invalidParameter, type Refusal } from './refusal.ts'

const digits = /^-?[0-9]{1,19}$/

/** A whole number in a query; undefined if the parameter is absent. */
export function integerParameter(query: URLSearchParams, name: string): number | undefined | Refusal {
  const text = query.get(name)
  if (text === null || text === '') return undefined
  if (!digits.test(text)) return invalidParameter(`${name} must be a whole number, not '${text}'`)
  return Number(text)
}

/** A 64-bit id in a query. */
export function idParameter(query: URLSearchParams, name: string): bigint | Refusal {
  const text = query.get(name)
  if (text === null || text === '') return invalidParameter(`Missing required field: ${name}`)
  return digits.test(text)
    ? BigInt(text)
    : invalidParameter(`${name} must be a 64-bit integer, not '${text}'`)
}

/** A 64-bit id in a query that may be left out. */
export function optionalIdParameter(query: URLSearchParams, name: string): bigint | undefined | Refusal {
  return query.get(name) === null ? undefined : idParameter(query, name)
}

/**
 * A yes or no in a query; undefined if it is neither. Written as the client's language writes it: some of
 * Databricks' own clients send `True`.
 */
export function flagParameter(query: URLSearchParams, name: string): boolean | undefined {
  const text = query.get(name)?.toLowerCase()
  return text === 'true' ? true : text === 'false' ? false : undefined
}
