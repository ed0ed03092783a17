/**
 * One leader among several processes, by a Lease object.
 *
 * Guarantees: at most one process has a term at a time. A holder's term ends at two thirds of the duration, counted from
 * before its last successful renewal was sent; others wait for the whole duration, counted from when they first saw that
 * very record. Each counts on its own monotonic clock, and nobody compares times that another wrote. A lease that was
 * given back is free at once. Whatever the API server does, `run` waits for the next term until its signal falls.
 *
 * A Lease that somebody deletes, or that a restored server shows as it was before a holder's term, is free after the same
 * duration for all who knew that holder; only a process that never did takes what looks free, as at the first start of all.
 *
 * Assumes: the monotonic clock goes on while the process is frozen (it does; it stands still while the whole machine
 * sleeps), and the work heeds its term: asks `check` right before each request and gives up when the signal falls.
 */
import type { Clock } from '../clock.ts'
import type { Log } from '../telemetry/log.ts'
import type { Random } from './backoff.ts'
import type { KubeClient } from './client.ts'
import { Deadline } from './deadline.ts'
import { askedPause, hasStatus, KubeError } from './kube-error.ts'
import {
  acquired,
  foundByHolder,
  givenBack,
  holderOf,
  leases,
  renewed,
  seen,
  untilFree,
  type LeaseObject,
  type Seen,
  type Writer,
} from './lease-record.ts'
import { LeaseRemarks } from './lease-remarks.ts'
import { resourcePath } from './object.ts'
import { LeaseLost, Term } from './term.ts'

/** What takes part in an election. */
export interface LeaseOptions {
  client: Pick<KubeClient, 'request'>
  namespace: string
  name: string
  /** Names this process and no other that ever was. */
  identity: string
  /** Milliseconds, whole seconds: the API knows no others. */
  duration: number
  clock: Clock
  random: Random
  log: Log
}

/** Longest wait between two looks at another's lease: what was given back is taken this soon. */
const longestLook = 1_250

/** See the head of the file. */
export class Lease {
  readonly #options: LeaseOptions
  readonly #path: string
  /** The lease as it was seen last. */
  #seen: Seen | undefined
  readonly #remarks: LeaseRemarks

  constructor(options: LeaseOptions) {
    this.#options = options
    this.#path = resourcePath(leases, options.namespace, options.name)
    this.#remarks = new LeaseRemarks(options)
  }

  /**
   * Waits for the lease and has the work done, again and again until the signal falls. The work ends by itself when its
   * term does, or when the signal has fallen and it has finished; until then the lease is renewed, afterwards it is given
   * back.
   */
  async run(work: (term: Term) => Promise<void>, signal: AbortSignal): Promise<void> {
    for (let term = await this.#win(signal); term !== undefined; term = await this.#win(signal)) {
      const over = new AbortController()
      const renewing = this.#keep(term, over.signal)
      try {
        if (!signal.aborted) await work(term)
      } finally {
        over.abort()
        await renewing
        await this.#giveBack(term)
      }
    }
  }

  /** Undefined when the signal fell first. */
  async #win(signal: AbortSignal): Promise<Term | undefined> {
    const { clock } = this.#options
    while (!signal.aborted) {
      let wait = this.#pause()
      try {
        const term = await this.#bid(signal)
        if (term !== undefined) return term
        // At the moment when it is free, if that comes first. Who lost a race looks again like everybody.
        wait = Math.min(wait, this.#untilFree() || wait)
      } catch (error) {
        if (signal.aborted) break
        this.#remarks.trouble(error)
        wait = Math.max(wait, askedPause(error))
      }
      // Aborted in its sleep, the loop ends by its own condition.
      await clock.sleep(wait, signal).catch(() => undefined)
    }
    return undefined
  }

  /** Looks, and takes the lease if that may be. */
  async #bid(signal: AbortSignal): Promise<Term | undefined> {
    const { namespace, name, identity: me, duration, clock } = this.#options
    await this.#look(signal)
    if (this.#untilFree() > 0) {
      this.#remarks.waiting(this.#seen)
      return undefined
    }
    const { lease } = this.#seen ?? {}
    const since = clock.monotonic()
    try {
      // Not ended by the signal: what was taken has to be given back.
      await this.#write(lease, acquired({ namespace, name }, lease, { me, duration, now: clock.now() }))
    } catch (error) {
      if (!hasStatus(error, 409)) throw error
      // Somebody was faster.
      return undefined
    }
    // The answer came too late to be of use: the next look finds the lease ours.
    if (clock.monotonic() - since >= this.#validity) return undefined
    this.#remarks.leading(me)
    return new Term(clock, since + this.#validity)
  }

  /** Renews until the work is over or the term has ended. */
  async #keep(term: Term, over: AbortSignal): Promise<void> {
    const { clock, log, duration } = this.#options
    const ended = AbortSignal.any([over, term.signal])
    let hasFailed = false
    for (let wait = duration / 5; ;) {
      try {
        await clock.sleep(wait, ended)
        const since = await this.#rewrite(renewed, () => term.check(), term.signal)
        term.extend(since + this.#validity)
        hasFailed = false
        wait = duration / 5
      } catch (error) {
        if (over.aborted && !term.signal.aborted) return
        if (error instanceof LeaseLost) term.end(error)
        if (term.signal.aborted) break
        log[hasFailed ? 'debug' : 'warn']({ err: error }, 'the lease could not be renewed; tried again')
        hasFailed = true
        wait = Math.max(duration / 50, askedPause(error))
      }
    }
    const why = (term.signal.reason as Error).message
    log.warn({ why }, 'lost the lease; the work stops until it is ours again')
  }

  /** From now on others may lead. */
  async #giveBack(term: Term): Promise<void> {
    const { clock, log, duration } = this.#options
    const bounds = { clock, milliseconds: duration, reason: () => new LeaseLost('it has run out') }
    using deadline = new Deadline(bounds)
    try {
      term.check()
      // First, so that nothing of ours can come after it.
      term.end(new LeaseLost('it was given back'))
      await this.#rewrite(givenBack, () => deadline.signal.throwIfAborted(), deadline.signal)
      log.info('gave the lease back')
    } catch (error) {
      if (!(error instanceof LeaseLost))
        log.warn({ err: error }, 'the lease was not given back; others wait until it has run out')
    }
  }

  /** Writes on top of our own record, as others left it, and says when that was sent. `check` throws when it is too late. */
  async #rewrite(
    bodyOf: (lease: LeaseObject, by: Writer) => object,
    check: () => void,
    signal: AbortSignal,
  ): Promise<number> {
    const { identity: me, duration, clock } = this.#options
    for (;;) {
      check()
      const { lease } = this.#seen ?? {}
      if (lease === undefined) throw new LeaseLost('somebody deleted the Lease')
      if (holderOf(lease) !== me) throw new LeaseLost(`it was taken by ${holderOf(lease) || 'nobody'}`)
      const since = clock.monotonic()
      try {
        await this.#write(lease, bodyOf(lease, { me, duration, now: clock.now() }), signal)
        return since
      } catch (error) {
        if (!hasStatus(error, 409) && !hasStatus(error, 404)) throw error
        await this.#lookBriefly(signal)
        check()
        if (this.#seen !== undefined) this.#seen = foundByHolder(this.#seen)
      }
    }
  }

  /** A look that takes no longer than one request, its repetitions included: a term runs out meanwhile. */
  async #lookBriefly(signal: AbortSignal): Promise<void> {
    const reason = () =>
      new KubeError(`GET ${this.#path}: no answer in time`, { status: 0, reason: 'TimedOut' })
    const { clock } = this.#options
    using deadline = new Deadline({ clock, milliseconds: this.#timeout, signals: [signal], reason })
    await this.#look(deadline.signal)
  }

  async #look(signal: AbortSignal): Promise<void> {
    const { client, clock, duration: usual } = this.#options
    const call = { method: 'GET', path: this.#path, signal, timeout: this.#timeout } as const
    const lease = await client.request<LeaseObject>(call).catch((error: unknown) => {
      if (hasStatus(error, 404)) return undefined
      throw error
    })
    this.#seen = seen(this.#seen, lease, { now: clock.monotonic(), usual })
  }

  /** With the version and the uid of what was seen: whoever was faster wins, and what is gone is not made again. */
  async #write(lease: LeaseObject | undefined, body: object, signal?: AbortSignal): Promise<void> {
    const { client, namespace, clock, duration: usual } = this.#options
    const how =
      lease === undefined
        ? ({ method: 'POST', path: resourcePath(leases, namespace) } as const)
        : ({ method: 'PUT', path: this.#path } as const)
    const written = await client.request<LeaseObject>({ ...how, body, signal, timeout: this.#timeout })
    this.#seen = seen(this.#seen, written, { now: clock.monotonic(), usual })
  }

  #untilFree(): number {
    const { identity: me, clock } = this.#options
    return this.#seen === undefined ? 0 : untilFree(this.#seen, { me, now: clock.monotonic() })
  }

  /** For how long a renewal is good. The last third is for those requests that take a moment to be given up. */
  get #validity(): number {
    return Math.floor((this.#options.duration * 2) / 3)
  }

  /** Of one request. A connection that is dead without a word must leave time for another. */
  get #timeout(): number {
    return this.#options.duration / 5
  }

  #pause(): number {
    const { duration, random } = this.#options
    return Math.min(duration / 4, longestLook) * (1 - random() / 5)
  }
}
