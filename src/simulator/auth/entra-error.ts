import type { Random } from '../random.ts'
import type { Answer } from '../http/exchange.ts'
import { OAuthError } from './oauth-error.ts'

/** A refusal of Entra: OAuth's shape and a number of its own, which also stands in the text. */
class EntraError extends OAuthError {
  readonly number: number

  constructor(status: 400 | 401, error: string, { number, text }: { number: number; text: string }) {
    super(status, error, `AADSTS${number}: ${text}`)
    this.number = number
  }
}

/** What the texts of Entra's refusals come to; programs go by the numbers. */
export const entraErrors = {
  unknownTenant: (tenant: string) =>
    new EntraError(400, 'invalid_request', { number: 90002, text: `Tenant '${tenant}' not found.` }),
  unknownApplication: (id: string) =>
    new EntraError(400, 'unauthorized_client', {
      number: 700016,
      text: `Application with identifier '${id}' was not found in the directory.`,
    }),
  unknownResource: (name: string) =>
    new EntraError(400, 'invalid_resource', {
      number: 500011,
      text: `The resource principal named ${name} was not found in the tenant.`,
    }),
  missing: (name: string) =>
    new EntraError(400, 'invalid_request', {
      number: 900144,
      text: `The request body must contain the following parameter: '${name}'.`,
    }),
  unsupportedGrant: () =>
    new EntraError(400, 'unsupported_grant_type', {
      number: 70003,
      text: 'The app requested an unsupported grant type.',
    }),
  wrongSecret: () =>
    new EntraError(401, 'invalid_client', { number: 7000215, text: 'Invalid client secret provided.' }),
  noCredentials: () =>
    new EntraError(401, 'invalid_client', {
      number: 7000218,
      text: "The request body must contain 'client_assertion' or 'client_secret'.",
    }),
  wrongAssertion: (reason: string) =>
    new EntraError(401, 'invalid_client', {
      number: 700213,
      text: `No matching federated identity record found for the presented assertion: ${reason}.`,
    }),
  expiredAssertion: () =>
    new EntraError(401, 'invalid_client', {
      number: 700024,
      text: 'Client assertion is not within its valid time range.',
    }),
} as const

/** A refusal on the wire. */
export const entraAnswer = (error: OAuthError, random: Random, now: number): Answer =>
  error.answer({
    ...(error instanceof EntraError && { error_codes: [error.number] }),
    timestamp: new Date(now).toISOString().replace('T', ' '),
    trace_id: random.uuid(),
    correlation_id: random.uuid(),
  })
