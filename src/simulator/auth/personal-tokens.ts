import type { Clock } from '../../clock.ts'

interface PersonalToken {
  readonly identity: string
  /** Milliseconds of the machine's clock; undefined never ends. */
  readonly expiresAt: number | undefined
}

/** Personal access tokens and whom each stands for. */
export class PersonalTokens {
  readonly #clock: Clock
  readonly #byToken = new Map<string, PersonalToken>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Adds a token, or changes the one of this text. */
  set(token: string, identity: string, lifeSeconds?: number): void {
    const expiresAt = lifeSeconds === undefined ? undefined : this.#clock.now() + lifeSeconds * 1000
    this.#byToken.set(token, { identity, expiresAt })
  }

  /** From now on the token is refused like one that never was; false if it was not valid. */
  revoke(token: string): boolean {
    return this.#byToken.delete(token)
  }

  /** Whom a token stands for. One that has expired is refused like one that never was. */
  identityOf(token: string): string | undefined {
    const found = this.#byToken.get(token)
    if (found === undefined) return undefined
    const { identity, expiresAt } = found
    return expiresAt === undefined || this.#clock.now() < expiresAt ? identity : undefined
  }
}
