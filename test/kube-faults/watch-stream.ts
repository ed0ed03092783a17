import type { IncomingMessage, ServerResponse } from 'node:http'
import { StringDecoder } from 'node:string_decoder'
import type { Exchange } from './exchange.ts'
import type { Orders } from './orders.ts'

interface Line {
  type: string
  /** What it tells of; for an error its Status. */
  object?: { metadata?: { name?: string }; code?: number }
}

/** Passes a watch on line by line, and makes the trouble that was ordered for a line. */
export class WatchStream {
  readonly #exchange: Exchange
  readonly #orders: Orders
  readonly #from: IncomingMessage
  readonly #to: ServerResponse
  #state: 'Open' | 'Held' | 'Dead' = 'Open'
  #held: string[] = []

  constructor(exchange: Exchange, orders: Orders, streams: { from: IncomingMessage; to: ServerResponse }) {
    this.#exchange = exchange
    this.#orders = orders
    this.#from = streams.from
    this.#to = streams.to
  }

  /** How many lines wait. */
  get held(): number {
    return this.#held.length
  }

  /** Resolves when the watch has ended, however that came. */
  async run(): Promise<void> {
    const decoder = new StringDecoder('utf8')
    let rest = ''
    try {
      for await (const chunk of this.#from) {
        const lines = (rest + decoder.write(chunk as Buffer)).split('\n')
        rest = lines.pop() ?? ''
        for (const line of lines) await this.#pass(`${line}\n`)
      }
      // In good order; a stalled watch has no end to tell of.
      if (this.#state === 'Open') this.#to.end()
    } catch {
      // The server has broken off, or the operator has: either way there is nothing to pass on any more.
      if (this.#state !== 'Dead') this.#to.destroy()
    }
  }

  /** Lets what was held go on its way, all at once. */
  release(): void {
    if (this.#state !== 'Held') return
    this.#state = 'Open'
    const held = this.#held
    this.#held = []
    this.#to.write(held.join(''))
  }

  async #pass(line: string): Promise<void> {
    if (this.#state === 'Dead') return
    if (this.#state === 'Held') return void this.#held.push(line)
    const { type, object } = JSON.parse(line) as Line
    if (type === 'ERROR' && object?.code !== undefined) this.#exchange.error = object.code
    const ordered = this.#orders.forLine(this.#exchange, object?.metadata?.name)
    if (ordered === undefined) return this.#write(line)
    const { fault, what } = ordered
    this.#exchange.fault = what
    switch (fault.is) {
      case 'LineCut':
        this.#state = 'Dead'
        await this.#write(line.slice(0, line.length / 2))
        return void this.#to.destroy()
      case 'LineStalled':
        this.#state = 'Dead'
        return this.#write(line.slice(0, line.length / 2))
      case 'LineReplaced':
        return this.#write(`${fault.by}\n`)
      case 'LinePreceded':
        return this.#write(`${fault.by}\n${line}`)
      case 'LineHeld':
        this.#state = 'Held'
        return void this.#held.push(line)
      default:
        return fault satisfies never
    }
  }

  /** Returns once it is on its way, so that a cut comes after it. */
  #write(text: string): Promise<void> {
    return new Promise((resolve) => {
      this.#to.write(text, () => resolve())
    })
  }
}
