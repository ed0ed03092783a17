import type { IncomingHttpHeaders } from 'node:http'

/** What the forms sent to token endpoints consist of. A value is shown only if it is never a secret. */
const isSecret: ReadonlyMap<string, boolean> = new Map([
  ['grant_type', false],
  ['client_id', false],
  ['scope', false],
  ['resource', false],
  ['subject_token_type', false],
  ['client_assertion_type', false],
  ['client_secret', true],
  ['subject_token', true],
  ['client_assertion', true],
  ['refresh_token', true],
  ['password', true],
])

/** Whether a body is a form. */
export const isForm = (headers: IncomingHttpHeaders): boolean =>
  headers['content-type']?.split(';')[0]?.trim().toLowerCase() === 'application/x-www-form-urlencoded'

/** The members of a form that are known, the values of the secret ones hidden. What is unknown is left out: it may be a secret. */
export const withoutSecrets = (form: URLSearchParams): Record<string, string> =>
  Object.fromEntries(
    [...form].flatMap(([name, value]) => {
      const secret = isSecret.get(name)
      return secret === undefined ? [] : [[name, secret ? '(hidden)' : value] as const]
    }),
  )
