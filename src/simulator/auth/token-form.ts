import { isForm } from '../http/form.ts'
import type { Request } from '../http/exchange.ts'
import { isRefusal } from '../http/refusal.ts'
import { invalidRequest, type OAuthError } from './oauth-error.ts'

/** The form in the body of a token request. */
export function tokenForm({ headers, text }: Request): URLSearchParams | OAuthError {
  if (isRefusal(text)) return invalidRequest(text.message)
  if (!isForm(headers)) return invalidRequest('The request body must be application/x-www-form-urlencoded')
  const form = new URLSearchParams(text)
  const names = [...form.keys()]
  // OAuth forbids it: two readers might take two different ones.
  if (new Set(names).size < names.length) return invalidRequest('A parameter is given more than once')
  return form
}

/** A member of a form that must be there. */
export const required = (form: URLSearchParams, name: string): string | OAuthError => {
  const value = form.get(name)
  return value === null || value === '' ? invalidRequest(`Missing required parameter: ${name}`) : value
}

/** A client that says who it is. */
export interface ClientCredentials {
  readonly id: string
  readonly secret: string
}

/** Client id and secret from the Authorization header or from the form; undefined if either is missing. */
export function clientCredentials(
  { headers }: Request,
  form: URLSearchParams,
): ClientCredentials | undefined {
  const [scheme = '', encoded = ''] = (headers.authorization ?? '').split(/ +/)
  if (scheme.toLowerCase() === 'basic') {
    const pair = Buffer.from(encoded, 'base64').toString('utf8')
    const colon = pair.indexOf(':')
    return colon === -1 ? undefined : { id: pair.slice(0, colon), secret: pair.slice(colon + 1) }
  }
  const id = form.get('client_id')
  const secret = form.get('client_secret')
  return id === null || secret === null ? undefined : { id, secret }
}
