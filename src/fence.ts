import type { Dispatcher } from 'undici'

/** Permission to act, which may end at any moment. */
export interface Fence {
  /** Falls when the permission has ended: what is under way is given up. */
  readonly signal: AbortSignal
  /**
   * Throws when the permission has ended. It looks at the clock itself: in a process that was frozen the answer to an
   * earlier request may be read before any timer rings.
   */
  check(): void
}

/**
 * The same way out; right before a request is put on the wire the fence is asked. Not only when it is handed over:
 * until there is a connection for it, it waits, and the process may be frozen meanwhile.
 */
export const fenced = (dispatcher: Dispatcher, fence: Fence): Dispatcher =>
  dispatcher.compose((dispatch) => (options, handler) => dispatch(options, new Checked(handler, fence)))

type Handler = Dispatcher.DispatchHandler

/** Passes everything on. What it throws at the start ends the request unsent, and leaves the connection to others. */
class Checked implements Handler {
  readonly #handler: Handler
  readonly #fence: Fence

  constructor(handler: Handler, fence: Fence) {
    this.#handler = handler
    this.#fence = fence
  }

  onRequestStart(...args: Parameters<NonNullable<Handler['onRequestStart']>>): void {
    this.#fence.check()
    this.#handler.onRequestStart?.(...args)
  }

  onRequestUpgrade(...args: Parameters<NonNullable<Handler['onRequestUpgrade']>>): void {
    this.#handler.onRequestUpgrade?.(...args)
  }

  onResponseStart(...args: Parameters<NonNullable<Handler['onResponseStart']>>): void {
    this.#handler.onResponseStart?.(...args)
  }

  onResponseData(...args: Parameters<NonNullable<Handler['onResponseData']>>): void {
    this.#handler.onResponseData?.(...args)
  }

  onResponseEnd(...args: Parameters<NonNullable<Handler['onResponseEnd']>>): void {
    this.#handler.onResponseEnd?.(...args)
  }

  onResponseError(...args: Parameters<NonNullable<Handler['onResponseError']>>): void {
    this.#handler.onResponseError?.(...args)
  }
}
