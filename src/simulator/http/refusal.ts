import type { JsonObject } from '../../databricks/json.ts'
import type { Switches } from '../switches.ts'

/** An answer that says no, in the shape of nearly all Databricks APIs. Returned, never thrown. */
export class Refusal {
  readonly status: number
  /** Usually a text; a refused access token gives the number 403. */
  readonly code: string | number
  readonly message: string
  readonly details: readonly JsonObject[]
  readonly #sent: JsonObject | undefined

  /** `sent` is the body of an API that has a shape of its own. */
  constructor(
    status: number,
    code: string | number,
    { message, details = [], sent }: { message: string; details?: JsonObject[]; sent?: JsonObject },
  ) {
    this.status = status
    this.code = code
    this.message = message
    this.details = details
    this.#sent = sent
  }

  /** The body on the wire. */
  body(): JsonObject {
    const { code, message, details } = this
    return this.#sent ?? { error_code: code, message, ...(details.length > 0 && { details: [...details] }) }
  }
}

/** Whether a function refused instead of giving its result. */
export const isRefusal = (result: unknown): result is Refusal => result instanceof Refusal

/** 400: a value is missing, wrong, or does not fit the others. */
export const invalidParameter = (message: string): Refusal =>
  new Refusal(400, 'INVALID_PARAMETER_VALUE', { message })

/** A job, run or cluster that is not there: the documented 400, or the newer 404. */
export const missing = ({ missingObject: code }: Pick<Switches, 'missingObject'>, message: string): Refusal =>
  new Refusal(code === 'INVALID_PARAMETER_VALUE' ? 400 : 404, code, { message })

/** 400: right in itself, but not in the state that the object is in. */
export const invalidState = (message: string): Refusal => new Refusal(400, 'INVALID_STATE', { message })

/** 400: the body is not what the call takes. */
export const malformedRequest = (message: string): Refusal =>
  new Refusal(400, 'MALFORMED_REQUEST', { message })

/** 403: the caller may not do this. */
export const permissionDenied = (message: string): Refusal =>
  new Refusal(403, 'PERMISSION_DENIED', { message })

/** 404: nothing at this path, or nothing for this method. */
export const endpointNotFound = (method: string, path: string): Refusal =>
  new Refusal(404, 'ENDPOINT_NOT_FOUND', { message: `No API found for '${method} ${path}'` })
