import { isMeant, nameOf, type Asked, type Which } from './exchange.ts'

/** What goes wrong with a request. */
export type RequestFault =
  /** It is answered here, and the API server never hears of it. */
  | { is: 'Answered'; status: number; headers?: Record<string, string>; body?: string }
  /** The connection breaks: before the server has the request, after it has done it, or in the midst of the answer. */
  | { is: 'Cut'; when: Moment }
  /** Nothing more comes and nothing is closed, as when the other end has lost its power. */
  | { is: 'Stalled'; when: Moment }
  /** It reaches the server only after so many milliseconds. */
  | { is: 'Delayed'; milliseconds: number }

type Moment = 'BeforeServer' | 'AfterServer' | 'InBody'

/** What goes wrong with a line of a watch that is open. */
export type LineFault =
  /** The connection breaks when half of the line has passed. */
  | { is: 'LineCut' }
  /** Half of the line passes, and then nothing more ever comes, and nothing is closed. */
  | { is: 'LineStalled' }
  /** Something else comes in its place; the true one is lost. */
  | { is: 'LineReplaced'; by: string }
  /** Something else comes before it. */
  | { is: 'LinePreceded'; by: string }
  /** It and what follows wait until `release`; then all comes at once. */
  | { is: 'LineHeld' }

/** Trouble to come. */
export interface Order<F = RequestFault | LineFault> {
  on: Which
  fault: F
  /** How many of them go unharmed first; none unless said. */
  after?: number
  /** How many times; once unless said. */
  times?: number
}

/** Trouble that was ordered, and how much of it has happened. */
export class Ordered<F = RequestFault | LineFault> {
  readonly fault: F
  readonly what: string
  readonly #on: Which
  readonly #times: number
  #unharmed: number
  #happened = 0

  constructor({ on, fault, after = 0, times = 1 }: Order<F & { is: string }>) {
    this.fault = fault
    this.#on = on
    this.#unharmed = after
    this.#times = times
    this.what = `${fault.is} ${nameOf(on)}`
  }

  get happened(): number {
    return this.#happened
  }

  get isUsedUp(): boolean {
    return this.#happened >= this.#times
  }

  /** Whether it is this request's turn; then it counts as having happened. */
  takes(asked: Asked, name = asked.name): boolean {
    if (this.isUsedUp || !isMeant(name === undefined ? asked : { ...asked, name }, this.#on)) return false
    if (this.#unharmed > 0) {
      this.#unharmed -= 1
      return false
    }
    this.#happened += 1
    return true
  }
}

/** All trouble that was ordered; whoever was ordered first is first. */
export class Orders {
  #requests: Ordered<RequestFault>[] = []
  #lines: Ordered<LineFault>[] = []

  request(order: Order<RequestFault>): Ordered<RequestFault> {
    const ordered = new Ordered<RequestFault>(order)
    this.#requests.push(ordered)
    return ordered
  }

  line(order: Order<LineFault>): Ordered<LineFault> {
    const ordered = new Ordered<LineFault>(order)
    this.#lines.push(ordered)
    return ordered
  }

  forRequest(asked: Asked): Ordered<RequestFault> | undefined {
    return this.#requests.find((ordered) => ordered.takes(asked))
  }

  /** `name` is that of the object in the line. */
  forLine(watch: Asked, name: string | undefined): Ordered<LineFault> | undefined {
    return this.#lines.find((ordered) => ordered.takes(watch, name))
  }

  /** Forgets everything, and returns what has not happened as often as it was ordered to. */
  clear(): string[] {
    const unused = [...this.#requests, ...this.#lines].filter(({ isUsedUp }) => !isUsedUp)
    this.#requests = []
    this.#lines = []
    return unused.map(({ what, happened }) => `${what} (happened ${happened} times)`)
  }
}
