import { createServer, type IncomingMessage, type Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { connect, type AddressInfo, type Socket } from 'node:net'
import type { Certified } from './certificates.ts'

/** A request to open a tunnel. */
export interface Tunnel {
  /** `host:port` as it was asked for. */
  to: string
  authorization: string | undefined
}

/**
 * A company's proxy: it opens tunnels by CONNECT, all of them to one port of this machine, whatever name was
 * asked for. So a name that nobody could resolve is reached through it, and only through it.
 */
export class Proxy implements AsyncDisposable {
  readonly tunnels: Tunnel[] = []
  #refusal: number | undefined
  readonly #server: Server
  readonly #sockets = new Set<Socket>()

  private constructor(port: number, certified: Certified | undefined) {
    this.#server =
      certified === undefined
        ? createServer()
        : createTlsServer({ key: certified.key, cert: certified.certificate })
    this.#server.on('request', (_request, response) => response.writeHead(405).end())
    this.#server.on('connect', (request: IncomingMessage, client: Socket) =>
      this.#open(request, client, port),
    )
  }

  /** With a certificate it is spoken to over TLS itself. */
  static async to(port: number, certified?: Certified): Promise<Proxy> {
    const proxy = new Proxy(port, certified)
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve))
    return proxy
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** Cuts every tunnel and opens none any more: each is answered with this status. */
  refuse(status: number): void {
    this.#refusal = status
    for (const socket of this.#sockets) socket.destroy()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  #open({ url = '', headers }: IncomingMessage, client: Socket, port: number): void {
    this.tunnels.push({ to: url, authorization: headers['proxy-authorization'] })
    this.#keep(client)
    if (this.#refusal !== undefined)
      return void client.end(`HTTP/1.1 ${this.#refusal} Refused\r\ncontent-length: 0\r\n\r\n`)
    const target = connect(port, '127.0.0.1', () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n')
      target.pipe(client).pipe(target)
    })
    this.#keep(target)
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket)
    socket.on('close', () => this.#sockets.delete(socket))
    // Whoever is at the other end hangs up as he likes.
    socket.on('error', () => socket.destroy())
  }
}
