import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http'
import { Agent, createServer, request, type Server } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { authorityAndServer } from '../certificates.ts'
import { askedIn, type Exchange } from './exchange.ts'
import { Orders, type LineFault, type Order, type Ordered, type RequestFault } from './orders.ts'
import { WatchStream } from './watch-stream.ts'

const loopback = '127.0.0.1'

/** They belong to one connection and not to the request (RFC 9110, 7.6.1). */
const ofConnection: ReadonlySet<string> = new Set(['connection', 'keep-alive', 'transfer-encoding', 'host'])

/** An API server, and the PEM text that its certificate is verified with. */
interface Target {
  url: string
  certificate: string
}

/**
 * Stands between the operator and the API server, speaks for it under a certificate of its own, writes down
 * what was asked, and makes the trouble that is ordered. Whoever goes around it sees a server in good health.
 */
export class KubeProxy implements AsyncDisposable {
  /** For clients of the proxy to verify it with. */
  readonly certificate: string
  readonly exchanges: Exchange[] = []
  readonly #target: Target
  readonly #agent: Agent
  readonly #server: Server
  readonly #orders = new Orders()
  readonly #sockets = new Set<Socket>()
  readonly #watches = new Set<WatchStream>()
  #isAway = false

  private constructor(target: Target) {
    this.#target = target
    this.#agent = new Agent({ ca: target.certificate, keepAlive: true })
    const { authority, server } = authorityAndServer(loopback)
    this.certificate = authority
    this.#server = createServer({ key: server.key, cert: server.certificate }, (asked, answer) => {
      // Whatever ends a request in the midst of it has been answered for by closing its connection.
      this.#serve(asked, answer).catch(() => asked.socket.destroy())
    })
    // A stalled request is to stay so.
    this.#server.requestTimeout = 0
    this.#server.on('connection', (socket: Socket) => this.#keep(socket))
    this.#server.on('tlsClientError', (_error, socket) => socket.destroy())
  }

  static async to(target: Target): Promise<KubeProxy> {
    const proxy = new KubeProxy(target)
    await new Promise<void>((resolve) => proxy.#server.listen(0, loopback, resolve))
    return proxy
  }

  get url(): string {
    return `https://${loopback}:${(this.#server.address() as AddressInfo).port}`
  }

  /** Orders trouble for requests to come. */
  order(order: Order<RequestFault>): Ordered<RequestFault> {
    return this.#orders.request(order)
  }

  /** Orders trouble for lines to come of watches, also of those that are open. */
  orderLine(order: Order<LineFault>): Ordered<LineFault> {
    return this.#orders.line(order)
  }

  /** Forgets all orders, and returns those whose trouble has not happened as often as it was ordered to. */
  clear(): string[] {
    return this.#orders.clear()
  }

  /** How many lines are held now. */
  get heldLines(): number {
    return [...this.#watches].reduce((sum, watch) => sum + watch.held, 0)
  }

  /** Lets the held lines of all watches go on their way. */
  release(): void {
    for (const watch of this.#watches) watch.release()
  }

  /** Cuts every connection, and every one to come, until `comeBack`. */
  goAway(): void {
    this.#isAway = true
    this.cut()
  }

  comeBack(): void {
    this.#isAway = false
  }

  /** Cuts every connection that is open now. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.goAway()
    this.#agent.destroy()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  #keep(socket: Socket): void {
    if (this.#isAway) return void socket.destroy()
    this.#sockets.add(socket)
    return void socket.on('close', () => this.#sockets.delete(socket))
  }

  async #serve(asked: IncomingMessage, answer: ServerResponse): Promise<void> {
    const { method = 'GET', url = '/' } = asked
    const body = await bytesOf(asked)
    const exchange: Exchange = { ...askedIn(method, url), at: performance.now() }
    this.exchanges.push(exchange)
    const ordered = this.#orders.forRequest(exchange)
    if (ordered !== undefined) exchange.fault = ordered.what
    const fault = ordered?.fault
    switch (fault?.is) {
      case 'Answered':
        return answerHere(exchange, answer, fault)
      case 'Delayed':
        await wait(fault.milliseconds)
        break
      case 'Cut':
      case 'Stalled':
        if (fault.when === 'BeforeServer') return end(asked.socket, fault)
        break
      case undefined:
        break
      default:
        return fault satisfies never
    }
    const from = await this.#ask(asked, { body, answer })
    exchange.serverStatus = from.statusCode ?? 0
    const trouble = fault?.is === 'Delayed' ? undefined : fault
    if (exchange.verb === 'watch') {
      if (trouble === undefined) return this.#watch(exchange, from, answer)
      return end(asked.socket, trouble)
    }
    await passOn(exchange, { from, answer }, trouble)
  }

  async #watch(exchange: Exchange, from: IncomingMessage, answer: ServerResponse): Promise<void> {
    exchange.status = exchange.serverStatus ?? 0
    answer.writeHead(exchange.status, headersOf(from))
    answer.flushHeaders()
    const watch = new WatchStream(exchange, this.#orders, { from, to: answer })
    this.#watches.add(watch)
    await watch.run()
    this.#watches.delete(watch)
  }

  #ask(
    asked: IncomingMessage,
    { body, answer }: { body: Buffer; answer: ServerResponse },
  ): Promise<IncomingMessage> {
    const { method, url = '/' } = asked
    return new Promise((resolve, reject) => {
      const options = { method, headers: headersOf(asked), agent: this.#agent }
      const onward = request(this.#target.url + url, options, resolve)
      onward.on('error', reject)
      // Once nobody is left to hear the answer, the server need not go on with it.
      answer.once('close', () => onward.destroy())
      onward.end(body)
    })
  }
}

type Broken = Extract<RequestFault, { is: 'Cut' | 'Stalled' }>

/** Passes an answer on as a whole, or as much of it as the trouble lets through. */
async function passOn(
  exchange: Exchange,
  { from, answer }: { from: IncomingMessage; answer: ServerResponse },
  trouble: Broken | undefined,
): Promise<void> {
  const whole = await bytesOf(from)
  const { socket } = answer
  if (socket === null) return
  if (trouble?.when === 'AfterServer') return end(socket, trouble)
  exchange.status = from.statusCode ?? 0
  answer.writeHead(exchange.status, { ...headersOf(from), 'content-length': whole.length })
  if (trouble === undefined) return void answer.end(whole)
  await new Promise<void>((resolve) => {
    answer.write(whole.subarray(0, whole.length / 2), () => resolve())
  })
  end(socket, trouble)
}

const headersOf = ({ headers }: IncomingMessage): OutgoingHttpHeaders =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !ofConnection.has(name)))

async function bytesOf(stream: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

function answerHere(
  exchange: Exchange,
  answer: ServerResponse,
  { status, headers, body = '' }: Extract<RequestFault, { is: 'Answered' }>,
): void {
  exchange.status = status
  answer.writeHead(status, { 'content-length': Buffer.byteLength(body), ...headers }).end(body)
}

/** A cut connection breaks; a stalled one is left as it is. */
function end(socket: Socket, { is }: Broken): void {
  if (is === 'Cut') socket.destroy()
}
