import type { Dispatcher } from 'undici'
import type { Clock } from '../clock.ts'
import { formatDuration } from '../duration.ts'
import type { Log } from '../telemetry/log.ts'
import { succeeded } from './answer.ts'
import type { TokenSource } from './auth/token.ts'
import type { Paused, Permit } from './budget-turns.ts'
import type { Allowance, Budgets } from './budgets.ts'
import { countedAs, nameOf, targetOf, type Call } from './call.ts'
import { whileFollowing, withDeadline } from './deadline.ts'
import { errorOfAnswer } from './error-answer.ts'
import { DatabricksError, provesNothingHappened, type ErrorKind } from './errors.ts'
import { exchange } from './exchange.ts'
import { formatJson, type JsonObject } from './json.ts'
import { errorOfNetwork } from './network-error.ts'
import { waitBeforeRetry } from './retry.ts'
import { outOfTime, outOfTurn } from './unsent.ts'
import { userAgent } from './user-agent.ts'

/** One Databricks workspace, through the one door. */
export interface Databricks {
  /** Scheme, host and port. */
  readonly host: string
  /**
   * Makes a call and returns the answer's object, `{}` when the answer is empty.
   *
   * It rejects with a DatabricksError for whatever Databricks, the network or anything between did. Two
   * things pass through as they are, and in both nothing about the world can be concluded from them:
   * the reason of an aborted signal, and what the credentials reported while they were read (nothing
   * was sent then).
   */
  call(call: Call): Promise<JsonObject>
  /** The workspace's own id as the last answer told it; undefined before the first. */
  workspaceId(): string | undefined
}

/** A request that was sent and has ended, in words of which there are few. */
export interface SentRequest {
  /** Method and path without names and ids. */
  readonly call: string
  /** `Aborted`: we gave up. */
  readonly outcome: 'Success' | ErrorKind | 'Aborted'
  readonly seconds: number
  /** The id of the workspace whose budget it took from, or its host before it is known. */
  readonly workspace: string
}

/** What a client is made of. */
export interface DatabricksOptions {
  /** An origin that `checkHost` allowed. */
  readonly host: string
  readonly credentials: TokenSource
  /** Shared by all clients; it never follows redirects by itself. */
  readonly dispatcher: Dispatcher
  /** Shared by all clients. */
  readonly budgets: Pick<Budgets, 'at'>
  /** Milliseconds for one request, from connecting to the last byte. */
  readonly requestTimeout: number
  readonly clock: Clock
  readonly random: () => number
  readonly log: Log
  /** Hears of every request that was sent. */
  readonly onRequest?: (request: SentRequest) => void
  readonly userAgent?: string
  /** Ends every call, waits included: the program is shutting down. */
  readonly signal?: AbortSignal
}

/** Makes a client; nothing is sent before the first call. */
export const createDatabricks = (options: DatabricksOptions): Databricks => new Client(options)

class Client implements Databricks {
  readonly host: string
  readonly #options: DatabricksOptions
  readonly #allowance: Allowance
  readonly #userAgent: string
  #workspaceId: string | undefined
  /** The id in whose budget we are: of all that a host says only few are believed. */
  #countedAs: string | undefined

  constructor(options: DatabricksOptions) {
    this.host = new URL(options.host).origin
    this.#options = options
    this.#allowance = options.budgets.at(this.host)
    this.#userAgent = options.userAgent ?? userAgent(options.credentials.kind)
  }

  workspaceId(): string | undefined {
    return this.#workspaceId
  }

  call(call: Call): Promise<JsonObject> {
    return whileFollowing([this.#options.signal, call.signal], (signal) => this.#untilDone(call, signal))
  }

  async #untilDone(call: Call, signal: AbortSignal): Promise<JsonObject> {
    const { clock, random, log } = this.#options
    let inDoubt = false
    const told = (error: unknown) =>
      inDoubt && error instanceof DatabricksError ? error.afterDoubt() : error
    for (let tries = 1; ; tries += 1) {
      // Who did not get a turn has waited as long as anybody should: that is not tried again here.
      const permit = await this.#permit(call, signal).catch((error: unknown) => {
        throw told(error)
      })
      try {
        return await this.#onTurn(call, permit, signal)
      } catch (error) {
        if (!(error instanceof DatabricksError)) throw error
        const wait = waitBeforeRetry({ error, effect: call.effect, tries, random })
        log.debug({ call: error.call, kind: error.kind, code: error.code, tries, wait }, 'call failed')
        if (wait === undefined) throw told(error)
        inDoubt ||= !provesNothingHappened(error)
        await clock.sleep(wait, signal)
      }
    }
  }

  /** One try, now that the budget of the workspace allows it. */
  async #onTurn(call: Call, permit: Permit, signal: AbortSignal): Promise<JsonObject> {
    try {
      return await this.#inTime(call, permit, signal)
    } catch (error) {
      // A token endpoint that throttles is not the workspace.
      if (error instanceof DatabricksError && error.kind === 'Throttled' && error.sent)
        permit.refused(error.retryAfter)
      throw error
    } finally {
      permit.end()
    }
  }

  /**
   * Waits for a turn. A read waits as long as it takes. A write was decided on what was read just before, and a create
   * must not take effect long after it was recorded: they wait no longer than a request may take.
   */
  async #permit(call: Call, signal: AbortSignal): Promise<Permit> {
    const { clock, requestTimeout: milliseconds } = this.#options
    const { effect, lane = 'background' } = call
    const ask = (signal: AbortSignal): Promise<Permit | Paused> => this.#allowance.turn({ lane, signal })
    const late = () => outOfTurn(call, `its turn did not come within ${formatDuration(milliseconds)}`)
    const turn = await (effect === 'read'
      ? ask(signal)
      : withDeadline({ clock, milliseconds, signal, late }, ask))
    if (turn.is === 'Permit') return turn
    throw outOfTurn(call, 'Databricks asked for a long pause', turn.milliseconds)
  }

  /**
   * One try, with one deadline for all of it: a request sent again with a renewed token does not get
   * new time, so that no create reaches Databricks later than the request timeout after its turn came.
   */
  #inTime(call: Call, permit: Permit, signal: AbortSignal): Promise<JsonObject> {
    const { clock, requestTimeout } = this.#options
    const late = () =>
      new DatabricksError({
        kind: 'Unavailable',
        call: nameOf(call),
        status: 0,
        code: 'TIMEOUT',
        serverMessage: `no complete answer within ${formatDuration(requestTimeout)}`,
        answered: false,
      })
    return withDeadline({ clock, milliseconds: requestTimeout, signal, late }, (signal) =>
      this.#authenticated(call, permit, signal),
    )
  }

  async #authenticated(call: Call, permit: Permit, signal: AbortSignal): Promise<JsonObject> {
    const token = await this.#options.credentials.token(signal)
    try {
      return await this.#send(call, token, signal)
    } catch (error) {
      if (!(error instanceof DatabricksError) || error.kind !== 'Unauthenticated') throw error
      if (call.effect === 'create' && !provesNothingHappened(error)) throw error
      const renewed = await this.#renewed(token, signal)
      // The same token again would only be refused again.
      if (renewed === token) throw error
      permit.again()
      return this.#send(call, renewed, signal)
    }
  }

  /** The token after `refused`: of many calls refused at once, only the first makes the source read. */
  async #renewed(refused: string, signal: AbortSignal): Promise<string> {
    const { credentials } = this.#options
    const current = await credentials.token(signal)
    if (current !== refused) return current
    credentials.invalidate()
    return credentials.token(signal)
  }

  /** One request, and a word to those who count. */
  async #send(call: Call, token: string, signal: AbortSignal): Promise<JsonObject> {
    const { clock } = this.#options
    const began = clock.monotonic()
    try {
      const answer = await this.#exchange(call, token, signal)
      this.#tell(call, 'Success', clock.monotonic() - began)
      return answer
    } catch (error) {
      const outcome = error instanceof DatabricksError ? error.kind : 'Aborted'
      this.#tell(call, outcome, clock.monotonic() - began)
      throw error
    }
  }

  #tell(call: Call, outcome: SentRequest['outcome'], milliseconds: number): void {
    const { log, onRequest } = this.#options
    log.debug({ call: nameOf(call), outcome, milliseconds: Math.round(milliseconds) }, 'call')
    onRequest?.({
      call: countedAs(call),
      outcome,
      seconds: milliseconds / 1_000,
      workspace: this.#countedAs ?? this.host,
    })
  }

  async #exchange(call: Call, token: string, signal: AbortSignal): Promise<JsonObject> {
    const { clock, dispatcher } = this.#options
    const body = call.body === undefined ? undefined : formatJson(call.body)
    const answer = await exchange({
      dispatcher,
      origin: this.host,
      method: call.method,
      target: targetOf(call),
      body,
      signal,
      // By the clock itself: in a process that was frozen no timer has rung yet.
      lastCheck: () => {
        if (call.sentBy !== undefined && clock.monotonic() > call.sentBy) throw outOfTime(call)
      },
      headers: {
        authorization: `Bearer ${token}`,
        accept: 'application/json',
        'user-agent': this.#userAgent,
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
    }).catch((error: unknown) => {
      throw errorOfNetwork({ call, error, secrets: [token] })
    })
    const organisation = answer.headers['x-databricks-org-id']
    if (organisation !== undefined && /^[0-9]{1,20}$/.test(organisation)) {
      this.#workspaceId = organisation
      this.#countedAs = this.#allowance.leadsTo(organisation)
    }
    if (answer.status >= 400) throw errorOfAnswer({ call, answer, secrets: [token], now: clock.now() })
    return succeeded({ call, answer, host: this.host, secrets: [token] })
  }
}
