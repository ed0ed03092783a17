import { createInterface } from 'node:readline'
import { Pool } from 'undici'
import { formatJson, parseJson, type Json } from '../../src/databricks/json.ts'

/** Where a server is and who we are there. */
export interface BareServer {
  readonly url: string
  readonly token: string
  /** PEM text of a private authority. */
  readonly certificate?: string
  readonly connections: number
}

/** One request; a body is sent as JSON. */
export interface BareCall {
  readonly method: 'GET' | 'POST' | 'PATCH'
  readonly path: string
  readonly body?: unknown
  readonly contentType?: string
  readonly signal: AbortSignal
}

/**
 * A connection pool and nothing else: no retry, no budget, no log, and none of the operator's own clients, since it is
 * what the operator is compared with.
 */
export class BareClient {
  readonly #pool: Pool
  readonly #token: string

  constructor({ url, token, certificate, connections }: BareServer) {
    const connect = certificate === undefined ? {} : { connect: { ca: certificate } }
    // An open watch has nothing to say for as long as nothing changes.
    this.#pool = new Pool(url, { connections, allowH2: false, bodyTimeout: 0, ...connect })
    this.#token = token
  }

  /** The answer's body; anything but success is thrown. */
  async call(call: BareCall): Promise<Json> {
    const response = await this.#send(call)
    const text = await response.body.text()
    if (response.statusCode < 300) return parseJson(text)
    throw new Error(`${call.method} ${call.path} answered ${response.statusCode}: ${text.slice(0, 300)}`)
  }

  /** The lines of an answer that does not end by itself. */
  async *lines(call: BareCall): AsyncGenerator<Json> {
    const response = await this.#send(call)
    if (response.statusCode >= 300) throw new Error(`${call.path} answered ${response.statusCode}`)
    for await (const line of createInterface({ input: response.body })) yield parseJson(line)
  }

  close(): Promise<void> {
    return this.#pool.destroy()
  }

  #send({ method, path, body, contentType = 'application/json', signal }: BareCall) {
    return this.#pool.request({
      method,
      path,
      signal,
      headers: { authorization: `Bearer ${this.#token}`, 'content-type': contentType },
      ...(body !== undefined && { body: formatJson(body) }),
    })
  }
}
