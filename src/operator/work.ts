import { fenced } from '../fence.ts'
import type { KubeObject } from '../kube/object.ts'
import type { Change } from '../kube/store.ts'
import type { Term } from '../kube/term.ts'
import { assemble, type Assembly, type OperatorOptions, type Place } from './assemble.ts'
import { measuredLoops, measuredWorker } from './measure.ts'
import { waking, wakeEverything } from './wake.ts'
import { workerOf } from './worker.ts'

/** Where the operator is, whether it leads or not. */
export type Site = Omit<Place, 'ended'>

/** Milliseconds that what is still to be told by events gets after everything else has ended. */
const lastWords = 2_000

/**
 * What is done while we lead, each term from nothing: everything is looked at, then what changes. A term's work ends
 * when the term does, at once and with nothing more sent, or when the operator is to stop, after what runs has had its
 * grace.
 */
export class Work {
  readonly #options: OperatorOptions
  readonly #site: Site
  #current: Assembly | undefined
  #listener: ReturnType<typeof waking> | undefined

  constructor(options: OperatorOptions, site: Site) {
    this.#options = options
    this.#site = site
  }

  /** What works at the moment. */
  get current(): Assembly | undefined {
    return this.#current
  }

  /** Something has changed in the stores. */
  hear(kind: string, change: Change<KubeObject>): void {
    this.#listener?.(kind, change)
  }

  /** The work of one term, from its start to its end. */
  async during(term: Term): Promise<void> {
    const { stores, client, dispatcher, liveness } = this.#site
    const ended = new AbortController()
    const end = () => ended.abort(term.signal.reason)
    term.signal.addEventListener('abort', end, { once: true })
    const fence = { signal: ended.signal, check: () => this.#check(term, ended.signal) }
    const assembly = assemble(this.#options, {
      ...this.#site,
      client: client.fenced(fence),
      dispatcher: fenced(dispatcher, fence),
      ended: ended.signal,
    })
    const woken = { ...assembly, stores }
    this.#current = assembly
    this.#listener = waking(woken)
    wakeEverything(woken)
    try {
      liveness.follow(assembly)
      await this.#untilOver(assembly, { term, ended: ended.signal })
    } finally {
      this.#current = undefined
      this.#listener = undefined
      liveness.follow(undefined)
      ended.abort(new Error('the operator is stopping'))
      term.signal.removeEventListener('abort', end)
      await assembly.environment.sweeps.idle()
    }
  }

  async #untilOver(
    { queue, loops, environment }: Assembly,
    { term, ended }: { term: Term; ended: AbortSignal },
  ): Promise<void> {
    const { config, clock, log, signal } = this.#options
    const { metrics, liveness } = this.#site
    const means = { ...this.#options, queue, signal: ended }
    const worker = workerOf(means, measuredLoops(loops, { metrics, clock }))
    const { concurrency, grace } = config
    const running = queue.run(liveness.watching(measuredWorker(worker, metrics)), { concurrency })
    log.info('working')
    await firstFallen(signal, term.signal)
    if (!term.signal.aborted) log.info('stopping')
    liveness.follow(undefined)
    const unfinished = await queue.shutdown({ grace })
    if (unfinished.length > 0) log.warn({ unfinished }, 'stopped before these had ended')
    await running
    const enough = clock.sleep(unfinished.length > 0 ? 0 : lastWords, ended)
    // Ended early only by the end of the term.
    await Promise.race([environment.events.idle(), enough.catch(() => undefined)])
  }

  #check(term: Term, ended: AbortSignal): void {
    term.check()
    ended.throwIfAborted()
  }
}

/** Leaves nothing behind on those that have not fallen: one of them lives through all terms. */
const firstFallen = (...signals: AbortSignal[]): Promise<void> =>
  new Promise((resolve) => {
    const fallen = () => {
      for (const signal of signals) signal.removeEventListener('abort', fallen)
      resolve()
    }
    for (const signal of signals) signal.addEventListener('abort', fallen)
    if (signals.some(({ aborted }) => aborted)) fallen()
  })
