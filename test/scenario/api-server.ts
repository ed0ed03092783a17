import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import { Agent, request } from 'undici'
import { parse } from 'yaml'
import { until } from './until.ts'

/** One line of a watch. */
export interface WatchLine {
  type: string
  object: unknown
}

interface Kubeconfig {
  clusters: [{ cluster: { server: string; 'certificate-authority-data': string } }]
  users: [{ user: { token: string } }]
}

/**
 * The API server as a bystander sees it, without any code of the operator: what it hears is what every other
 * client would.
 */
export class ApiServer {
  readonly url: string
  /** PEM text that the server's certificate is verified with. */
  readonly certificate: string
  readonly #token: string
  readonly #agent: Agent
  #isClosed = false

  constructor(kubeconfig: string) {
    const { clusters, users } = parse(readFileSync(kubeconfig, 'utf8')) as Kubeconfig
    const { cluster } = clusters[0]
    this.url = cluster.server
    this.certificate = Buffer.from(cluster['certificate-authority-data'], 'base64').toString()
    this.#token = users[0].user.token
    // A watch may be silent for as long as nothing happens.
    this.#agent = new Agent({ connect: { ca: this.certificate }, bodyTimeout: 0 })
  }

  /** Sends a GET and returns the status of the answer. */
  async visit(path: string): Promise<number> {
    const { statusCode, body } = await this.#get(path)
    await body.dump()
    return statusCode
  }

  /** Sends a change of an administrator; anything but success is thrown. */
  async send(method: 'POST' | 'PATCH', path: string, body: object): Promise<void> {
    const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json'
    const answer = await request(this.url + path, {
      method,
      dispatcher: this.#agent,
      headers: { authorization: `Bearer ${this.#token}`, 'content-type': type },
      body: JSON.stringify(body),
    })
    const text = await answer.body.text()
    if (answer.statusCode >= 300)
      throw new Error(`${method} ${path}: ${answer.statusCode} ${text.slice(0, 500)}`)
  }

  /**
   * Follows a watch from its first line on until `close`; returns once it is established. If it breaks it begins
   * anew, with everything that is there then; `onBreak` is told before.
   */
  async watch(path: string, onLine: (line: WatchLine) => void, onBreak: () => void): Promise<void> {
    const body = await this.#open(path)
    const lines = createInterface({ input: Readable.from(body), crlfDelay: Number.POSITIVE_INFINITY })
    lines.on('line', (line) => onLine(JSON.parse(line) as WatchLine))
    lines.on('error', () => lines.close())
    lines.once('close', () => {
      if (this.#isClosed) return
      onBreak()
      // A server that does not come back is noticed by whoever waits for it.
      this.watch(path, onLine, onBreak).catch(() => undefined)
    })
  }

  /** Cuts everything off. */
  close(): Promise<void> {
    this.#isClosed = true
    return this.#agent.destroy()
  }

  #open(path: string) {
    return until(`watch of ${path}`, async () => {
      if (this.#isClosed) throw new Error('closed')
      const { statusCode, body } = await this.#get(`${path}?watch=true`)
      if (statusCode === 200) return body
      // Right after a start the server asks to come back: its caches of our kinds are not full yet.
      throw new Error(`${statusCode} ${await body.text()}`)
    })
  }

  #get(path: string) {
    return request(this.url + path, {
      dispatcher: this.#agent,
      headers: { authorization: `Bearer ${this.#token}` },
    })
  }
}
