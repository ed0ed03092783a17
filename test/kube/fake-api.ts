import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import type { ClusterAccess } from '../../src/kube/credentials.ts'
import { Inbox } from './inbox.ts'

/** One request that a test answers by hand. */
export class Exchange {
  readonly method: string
  readonly path: string
  readonly query: Record<string, string>
  readonly headers: IncomingMessage['headers']
  readonly body: string
  /** Of the client's end of the connection. */
  readonly port: number | undefined
  /** Resolves when the client has let go of the answer. */
  readonly closed: Promise<void>
  readonly #response: ServerResponse

  constructor(request: IncomingMessage, body: string, response: ServerResponse) {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://api')
    this.method = request.method ?? ''
    this.path = pathname
    this.query = Object.fromEntries(searchParams)
    this.headers = request.headers
    this.body = body
    this.port = request.socket.remotePort
    this.#response = response
    this.closed = new Promise((resolve) => response.on('close', resolve))
  }

  /** Answers with a whole body. */
  json(body: unknown, status = 200, headers: Record<string, string> = {}): void {
    this.#response.writeHead(status, { 'content-type': 'application/json', ...headers })
    this.#response.end(JSON.stringify(body))
  }

  /** Answers as the API server refuses. */
  refuse(status: number, reason: string, headers: Record<string, string> = {}): void {
    this.json(
      { kind: 'Status', status: 'Failure', code: status, reason, message: `it is ${reason}` },
      status,
      headers,
    )
  }

  /** Answers with exactly this text. */
  raw(body: string, status = 200): void {
    this.#response.writeHead(status)
    this.#response.end(body)
  }

  /** Answers a list. */
  list(items: unknown[], resourceVersion: string, next?: string): void {
    this.json({ items, metadata: { resourceVersion, ...(next !== undefined && { continue: next }) } })
  }

  /** Opens a watch: the head goes out, lines follow. */
  open(status = 200): this {
    this.#response.writeHead(status, { 'content-type': 'application/json' })
    this.#response.flushHeaders()
    return this
  }

  /** Sends one event of a watch. */
  event(type: string, object: unknown): this {
    return this.write(`${JSON.stringify({ type, object })}\n`)
  }

  /** Sends a bookmark. */
  bookmark(resourceVersion: string): this {
    return this.event('BOOKMARK', { metadata: { resourceVersion } })
  }

  /** Sends a piece of an answer. */
  write(piece: string | Uint8Array): this {
    this.#response.write(piece)
    return this
  }

  /** Ends the answer in good order. */
  end(): void {
    this.#response.end()
  }

  /** Cuts the connection. */
  cut(): void {
    this.#response.destroy()
  }
}

/** A real HTTP server in the place of the API server; the test plays its part, request by request. */
export class FakeApi implements AsyncDisposable {
  readonly #server: Server
  readonly #requests = new Inbox<Exchange>()

  private constructor() {
    this.#server = createServer((request, response) => {
      void text(request).then((body) => this.#requests.put(new Exchange(request, body, response)))
    })
  }

  static async start(): Promise<FakeApi> {
    const api = new FakeApi()
    await new Promise<void>((resolve) => api.#server.listen(0, '127.0.0.1', resolve))
    return api
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** Access without a credential. */
  get access(): ClusterAccess {
    const nobody = { headers: {}, tls: { rejectUnauthorized: true } }
    return {
      name: 'the fake API server',
      server: this.url,
      credential: () => Promise.resolve(nobody),
      renew: () => undefined,
    }
  }

  /** The next request; waits for it. */
  next(): Promise<Exchange> {
    return this.#requests.next()
  }

  /** Requests that came and that the test has not looked at. */
  get unanswered(): number {
    return this.#requests.waiting
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }
}
