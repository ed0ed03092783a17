import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { hostname } from 'node:os'

/** One request that somebody sent to a stranger, with all that could give something away. */
export interface Heard {
  method: string
  path: string
  headers: IncomingMessage['headers']
  body: string
}

type Answer = (heard: Heard, response: ServerResponse) => void

/** A host of somebody who means no good. It writes down all that it is told, and answers as a test wants. */
export class Stranger {
  readonly heard: Heard[] = []
  readonly #server: Server
  #answer: Answer = (_heard, response) => void response.writeHead(404).end()

  private constructor() {
    this.#server = createServer((request, response) => void this.#serve(request, response))
  }

  static async start(answer?: Answer): Promise<Stranger> {
    const stranger = new Stranger()
    if (answer !== undefined) stranger.#answer = answer
    stranger.#server.listen(0)
    await once(stranger.#server, 'listening')
    return stranger
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** By a name of this machine that is not its loopback address. */
  get foreignUrl(): string {
    return `http://${hostname()}:${this.port}`
  }

  get loopbackUrl(): string {
    return `http://127.0.0.1:${this.port}`
  }

  async stop(): Promise<void> {
    this.#server.close()
    this.#server.closeAllConnections()
    await once(this.#server, 'close')
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = ''
    request.setEncoding('utf8')
    for await (const text of request) body += text
    const heard = { method: request.method ?? '', path: request.url ?? '', headers: request.headers, body }
    this.heard.push(heard)
    this.#answer(heard, response)
  }
}
