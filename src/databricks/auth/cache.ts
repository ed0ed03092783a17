import type { Clock } from '../../clock.ts'
import type { Log } from '../../telemetry/log.ts'
import { unlessAborted, withDeadline } from '../deadline.ts'
import { DatabricksError } from '../errors.ts'
import { held, useOf, type HeldToken } from './life.ts'
import type { AccessToken } from './token.ts'

/** After a failed refresh behind a token that still works, in milliseconds. */
const backgroundPause = 60_000

/** For one refresh, with all that it asks on the way, in milliseconds. */
const refreshDeadline = 60_000

/** How a cache gets its tokens. */
export interface Obtaining {
  readonly clock: Clock
  readonly log: Log
  /** Falls when the program stops. */
  readonly signal?: AbortSignal | undefined
  /** Milliseconds between two tokens asked for on behalf of calls, whatever became of the first. */
  readonly pause: number
  /** Asks for a new token; heeds the signal. */
  readonly obtain: (signal: AbortSignal) => Promise<AccessToken>
}

/**
 * The one place where tokens of a workspace are kept. However many calls ask, one refresh runs at a time; behind
 * a stale token it holds up nobody; and a failure is told to all who ask within the pause, instead of being tried
 * again by each of them.
 */
export class TokenCache {
  readonly #obtaining: Obtaining
  #held: HeldToken | undefined
  #refresh: Promise<string> | undefined
  #failure: { error: unknown; at: number } | undefined
  #refusedAt = Number.NEGATIVE_INFINITY

  constructor(obtaining: Obtaining) {
    this.#obtaining = obtaining
  }

  /** Whether `token` would answer at once. */
  get hasUsable(): boolean {
    return this.#held !== undefined && useOf(this.#held, this.#now) !== 'Expired'
  }

  /** A token that can be used now. */
  async token(signal?: AbortSignal): Promise<string> {
    const use = this.#held === undefined ? 'Expired' : useOf(this.#held, this.#now)
    if (this.#held === undefined || use === 'Expired') return unlessAborted(this.#refreshed(), signal)
    if (use === 'Stale') this.#refreshBehind()
    return this.#held.token
  }

  /** The token was refused, and is replaced; once within the pause, for a third would fare no better. */
  refuse(): void {
    if (this.#now - this.#refusedAt < this.#obtaining.pause) return
    this.#refusedAt = this.#now
    this.drop()
  }

  /** Forgets everything, the refresh under way too: what tokens are asked for with is another now. */
  drop(): void {
    this.#held = undefined
    this.#refresh = undefined
    this.#failure = undefined
  }

  get #now(): number {
    return this.#obtaining.clock.monotonic()
  }

  #refreshed(): Promise<string> {
    if (this.#refresh !== undefined) return this.#refresh
    const { pause } = this.#obtaining
    if (this.#failure !== undefined && this.#now - this.#failure.at < pause)
      return Promise.reject(this.#failure.error)
    return this.#start()
  }

  #refreshBehind(): void {
    if (this.#refresh !== undefined) return
    if (this.#failure !== undefined && this.#now - this.#failure.at < backgroundPause) return
    this.#start().catch((error: unknown) => {
      const message = error instanceof DatabricksError ? error.message : 'failed'
      this.#obtaining.log.warn({ message }, 'no new token yet; the old one is still used')
    })
  }

  #start(): Promise<string> {
    const since = this.#now
    const refresh = this.#obtain().then(
      (token) => {
        if (this.#refresh === refresh) {
          this.drop()
          this.#held = held(token, since)
        }
        return token.token
      },
      (error: unknown) => {
        if (this.#refresh === refresh) {
          this.#refresh = undefined
          this.#failure = { error, at: this.#now }
        }
        throw error
      },
    )
    this.#refresh = refresh
    return refresh
  }

  #obtain(): Promise<AccessToken> {
    const { clock, obtain, signal = new AbortController().signal } = this.#obtaining
    const bounds = { clock, milliseconds: refreshDeadline, signal, late }
    return withDeadline(bounds, obtain)
  }
}

const late = (): DatabricksError =>
  new DatabricksError({
    kind: 'Unavailable',
    call: 'token request',
    status: 0,
    code: 'TIMEOUT',
    serverMessage: `no token within ${refreshDeadline / 1000} s`,
    answered: false,
    sent: false,
  })
