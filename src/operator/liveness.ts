/**
 * Whether the loop turns, as far as one can tell from outside of it.
 *
 * Guarantees: it finds fault only with what a restart mends. Whoever is away (Databricks, an identity provider, the API
 * server) ends every call in an error, and an ended call is progress; whoever makes us wait (a budget) has somebody
 * waiting, which can be seen. Times are monotonic: nobody's setting of the machine's clock ends the program. An event
 * loop that does not turn answers no probe and needs no rule here.
 */
import type { Clock } from '../clock.ts'
import type { Budgets } from '../databricks/budgets.ts'
import type { WorkQueue, Worker } from '../kube/queue.ts'
import { splitQueueKey } from './worker.ts'

/** Milliseconds in which, while somebody is due or in work, a pass begins or ends or a request is answered. */
export const longestStandstill = 900_000
/** Milliseconds in which a pass ends that does not wait for its turn in a budget. */
export const longestPass = 3_600_000
/** So many requests, one after the other, may add to both: each takes no longer than its timeout. */
const requestsInARow = 10

/** What works at the moment. */
interface Work {
  readonly queue: Pick<WorkQueue, 'dueSince'>
  readonly budgets: Pick<Budgets, 'standings'>
}

/** See the head of the file. */
export class Liveness {
  readonly name = 'loop'
  readonly #clock: Clock
  readonly #allowance: number
  /** When each pass began that has not ended. */
  readonly #underWay = new Map<symbol, { key: string; at: number }>()
  #lastProgress: number
  #work: Work | undefined

  constructor({ clock, requestTimeout }: { clock: Clock; requestTimeout: number }) {
    this.#clock = clock
    this.#allowance = requestsInARow * requestTimeout
    this.#lastProgress = clock.monotonic()
  }

  /** Says what works from now on; undefined when nothing has to. */
  follow(work: Work | undefined): void {
    this.#work = work
    // What is left of an earlier work holds no place in this one.
    this.#underWay.clear()
    this.progressed()
  }

  /** Something went on: a request has ended. */
  progressed(): void {
    this.#lastProgress = this.#clock.monotonic()
  }

  /** The same worker, whose passes are seen to begin and to end. */
  watching(worker: Worker): Worker {
    return async (key, turn) => {
      const pass = Symbol(key)
      this.progressed()
      this.#underWay.set(pass, { key, at: this.#clock.monotonic() })
      try {
        return await worker(key, turn)
      } finally {
        this.#underWay.delete(pass)
        this.progressed()
      }
    }
  }

  /** How many milliseconds the longest of the passes under way has taken so far. */
  longest(): number {
    const first = this.#oldest()
    return first === undefined ? 0 : this.#clock.monotonic() - first.at
  }

  /** What is wrong; undefined when nothing is. */
  problem(): string | undefined {
    if (this.#work === undefined) return undefined
    return this.#standstill(this.#work) ?? this.#lostPass(this.#work)
  }

  #standstill({ queue }: Work): string | undefined {
    const starts = [queue.dueSince(), this.#oldest()?.at].filter((at) => at !== undefined)
    if (starts.length === 0) return undefined
    const still = this.#clock.monotonic() - Math.max(this.#lastProgress, Math.min(...starts))
    if (still <= longestStandstill + this.#allowance) return undefined
    return `although there is work, nothing has begun, ended or been answered for ${minutes(still)}`
  }

  #lostPass({ budgets }: Work): string | undefined {
    const first = this.#oldest()
    if (first === undefined || this.longest() <= longestPass + this.#allowance) return undefined
    const isWaiting = budgets
      .standings()
      .some(({ waiting }) => [...waiting.values()].some((count) => count > 0))
    if (isWaiting) return undefined
    const { kind } = splitQueueKey(first.key)
    return `a pass over an object of kind ${kind} has not ended for ${minutes(this.longest())}, and waits for no turn`
  }

  /** Insertion is in order of time. */
  #oldest(): { key: string; at: number } | undefined {
    return this.#underWay.values().next().value
  }
}

const minutes = (milliseconds: number): string => `${Math.floor(milliseconds / 60_000)} minutes`
