import { createServer, type Server } from 'node:https'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import type { Authority, Certified } from '../certificates.ts'

/** A request as it came over TLS. */
interface Seen {
  path: string
  authorization: string | undefined
  /** The name in the client's certificate. */
  client: string | undefined
  /** The name that the server was called by. */
  serverName: string | false | null | undefined
}

/** A server over TLS in the place of the API server; it answers everything with an empty object. */
export class TlsApi implements AsyncDisposable {
  /** So many were ever opened. */
  connections = 0
  readonly sockets = new Set<Socket>()
  readonly seen: Seen[] = []
  /** Answers instead, when it returns true. */
  answer: (request: IncomingMessage, response: ServerResponse) => boolean = () => false
  readonly #server: Server

  private constructor(certified: Certified, clients: Authority | undefined) {
    const asking = clients === undefined ? {} : { requestCert: true, ca: clients.certificate }
    this.#server = createServer({ key: certified.key, cert: certified.certificate, ...asking })
    this.#server.on('request', (request, response) => this.#serve(request, response))
    this.#server.on('tlsClientError', () => undefined)
    this.#server.on('connection', (socket: Socket) => {
      this.connections += 1
      this.sockets.add(socket)
      socket.on('close', () => this.sockets.delete(socket))
    })
  }

  /** `clients` vouches for the certificates of clients; without it nobody is asked for one. */
  static async start(certified: Certified, clients?: Authority): Promise<TlsApi> {
    const api = new TlsApi(certified, clients)
    await new Promise<void>((resolve) => api.#server.listen(0, '127.0.0.1', resolve))
    return api
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** From now on new connections see another certificate. */
  certifyAs({ key, certificate }: Certified): void {
    this.#server.setSecureContext({ key, cert: certificate })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  #serve(request: IncomingMessage, response: ServerResponse): void {
    const socket = request.socket as TLSSocket & { servername?: string | false | null }
    this.seen.push({
      path: request.url ?? '',
      authorization: request.headers.authorization,
      client: socket.getPeerCertificate().subject?.CN?.toString(),
      serverName: socket.servername,
    })
    if (this.answer(request, response)) return
    request.resume()
    response.end('{}')
  }
}
