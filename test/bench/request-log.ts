import { z } from 'zod'
import type { BareClient } from './bare-client.ts'

/** One call as the simulator saw it. */
export interface SimulatedRequest {
  readonly method: string
  readonly path: string
  readonly body: unknown
  readonly status: number | null
}

const requestsSchema = z.array(
  z.object({ method: z.string(), path: z.string(), body: z.unknown(), status: z.int().nullable() }),
)

/** The simulator's log of all calls. */
export class RequestLog {
  readonly #client: BareClient
  readonly #signal: AbortSignal
  #from = 0

  constructor(client: BareClient, signal: AbortSignal) {
    this.#client = client
    this.#signal = signal
  }

  /** Forgets what was before now. */
  async begin(): Promise<void> {
    this.#from += (await this.all()).length
  }

  /** What was called since `begin`. */
  async all(): Promise<SimulatedRequest[]> {
    const path = `/simulator/requests?since=${this.#from}`
    return requestsSchema.parse(await this.#client.call({ method: 'GET', path, signal: this.#signal }))
  }
}

/** Whether a call changes nothing. */
export const isRead = ({ method }: { method: string }): boolean => method === 'GET'
