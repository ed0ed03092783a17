import { jsonAnswer, type Answer } from '../http/exchange.ts'

/** A token endpoint's way to say no, which is OAuth's and not that of the other APIs. */
export class OAuthError {
  readonly status: 400 | 401
  readonly error: string
  readonly description: string

  constructor(status: 400 | 401, error: string, description: string) {
    this.status = status
    this.error = error
    this.description = description
  }

  answer(more: object = {}): Answer {
    return jsonAnswer(this.status, { error: this.error, error_description: this.description, ...more })
  }
}

/** Whether a function refused instead of giving its result. */
export const isOAuthError = (result: unknown): result is OAuthError => result instanceof OAuthError

/** 400: the form is not what the endpoint takes. */
export const invalidRequest = (description: string): OAuthError =>
  new OAuthError(400, 'invalid_request', description)

/** 401: the client is not known, or not by this secret. */
export const invalidClient = (description = 'Client authentication failed'): OAuthError =>
  new OAuthError(401, 'invalid_client', description)
