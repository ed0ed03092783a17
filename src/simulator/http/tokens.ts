import type { IncomingHttpHeaders } from 'node:http'
import type { Principal, Principals } from '../principals.ts'
import type { Switches } from '../switches.ts'
import { Refusal } from './refusal.ts'

/** The access tokens of the workspace and whom each stands for. */
export class Tokens {
  readonly #byToken: Map<string, string>
  readonly #principals: Principals
  readonly #switches: Switches

  constructor(tokens: Readonly<Record<string, string>>, principals: Principals, switches: Switches) {
    this.#byToken = new Map(Object.entries(tokens))
    this.#principals = principals
    this.#switches = switches
  }

  /** From now on the token is refused like one that never was; false if it was not valid. */
  revoke(token: string): boolean {
    return this.#byToken.delete(token)
  }

  /** Whoever the request's credentials stand for. */
  callerOf(headers: IncomingHttpHeaders): Principal | Refusal {
    const [scheme = '', token = ''] = (headers.authorization ?? '').split(/ +/)
    if (scheme.toLowerCase() !== 'bearer' || token === '') {
      return new Refusal(401, 401, {
        message: 'Credential was not sent or was of an unsupported type for this API.',
      })
    }
    const name = this.#byToken.get(token)
    if (name !== undefined) return this.#principals.namedOrNewAdmin(name)
    return new Refusal(403, this.#switches.badTokenCode, { message: 'Invalid access token.' })
  }
}
