import { onTestFinished } from 'vitest'
import { startSimulator, type SimulatorOptions } from '../../src/simulator/simulator.ts'

/*
 * A plain client of the Databricks API, written from the facts alone. It shares no code with the operator or with
 * the simulator, so that a mistake of theirs is not repeated here: `fetch`, and JSON whose long integers are kept.
 */

/** JSON, looked into by paths such as `settings.tasks.0.task_key`. Whole numbers beyond a double are bigints. */
class Seen {
  readonly json: unknown

  constructor(json: unknown) {
    this.json = json
  }

  /** The member at a path; undefined if it is not there. */
  at(path: string): unknown {
    let value = this.json
    for (const key of path.split('.'))
      value =
        typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined
    return value
  }

  /** The member at a path, which has to be a text or a number, as text. */
  text(path: string): string {
    const value = this.at(path)
    if (typeof value === 'string') return value
    if (typeof value === 'number' || typeof value === 'bigint') return `${value}`
    throw new Error(`${path} is no text: ${writeJson(this.json)}`)
  }

  /** The elements of the list at a path; none if it is not there. */
  list(path: string): Seen[] {
    const value = this.at(path) ?? []
    if (!Array.isArray(value)) throw new Error(`${path} is no list: ${writeJson(this.json)}`)
    return value.map((item) => new Seen(item))
  }

  /** A member of each element of a list. */
  texts(path: string, member: string): string[] {
    return this.list(path).map((item) => item.text(member))
  }
}

/** One answer, complete. */
export class Got extends Seen {
  readonly status: number
  readonly headers: Headers
  readonly body: string

  constructor({ status, headers }: Response, body: string) {
    super(readJson(body))
    this.status = status
    this.headers = headers
    this.body = body
  }

  /** An error in one line: status, code and message. */
  get refusal(): string {
    const code = this.at('error_code')
    return `${this.status} ${typeof code === 'number' ? code : this.text('error_code')} ${this.text('message')}`
  }
}

type Reviver = (key: string, value: unknown, context: { source?: string }) => unknown
const parse = JSON.parse as (text: string, reviver: Reviver) => unknown

function readJson(text: string): unknown {
  try {
    return parse(text, (_key, value, { source = '' }) =>
      typeof value === 'number' && /^-?\d{16,}$/.test(source) ? BigInt(source) : value,
    )
  } catch {
    // Not every body is JSON, and some tests are about those.
    return undefined
  }
}

/** Bigints as bare numbers. */
function writeJson(value: unknown): string {
  const marked = JSON.stringify(value, (_key, member: unknown) =>
    typeof member === 'bigint' ? `\u0001${member}\u0001` : member,
  )
  return marked.replaceAll(/"\\u0001(-?\d+)\\u0001"/g, '$1')
}

/** Somebody who calls a workspace. */
export class Caller {
  readonly url: string
  readonly #headers: Record<string, string>

  constructor(url: string, headers: Record<string, string>) {
    this.url = url
    this.#headers = headers
  }

  /** The same workspace with other headers. */
  with(headers: Record<string, string>): Caller {
    return new Caller(this.url, headers)
  }

  /** Sends a request. A text goes out as it is, anything else as JSON. */
  async send(method: string, path: string, body?: unknown): Promise<Got> {
    const response = await fetch(this.url + path, {
      method,
      headers: this.#headers,
      redirect: 'manual',
      ...(body !== undefined && { body: typeof body === 'string' ? body : writeJson(body) }),
    })
    return new Got(response, await response.text())
  }

  get(path: string): Promise<Got> {
    return this.send('GET', path)
  }

  post(path: string, body: unknown = {}): Promise<Got> {
    return this.send('POST', path, body)
  }

  /** What has to succeed. */
  async ok(method: string, path: string, body?: unknown): Promise<Got> {
    const got = await this.send(method, path, body)
    if (got.status !== 200) throw new Error(`${method} ${path}: ${got.status} ${got.body}`)
    return got
  }
}

/** A workspace of one test, and who may call it. */
export interface Place {
  /** A service principal that administers the workspace. */
  readonly robot: Caller
  /** A user without any right of his own, member of `analysts`. */
  readonly ben: Caller
  /** Nobody. */
  readonly nobody: Caller
  /** Lets virtual time pass. */
  readonly advance: (seconds: number) => Promise<void>
  /** The simulator's own control API. */
  readonly control: (method: string, path: string, body?: unknown) => Promise<Got>
}

/** Application id of the robot. */
export const robotName = '3f0c1a52-8d2e-4e55-9a77-0b1c2d3e4f50'
export const benName = 'ben@example.com'
export const workspaceId = '7405611111111111'

const bearer = (token: string) => ({ authorization: `Bearer ${token}` })

/** Starts a workspace whose time stands still; it is gone at the end of the test. */
export async function place(options: SimulatorOptions = {}): Promise<Place> {
  const tokens = { 'token-of-the-robot': robotName, 'token-of-ben': benName }
  const simulator = await startSimulator({ port: 0, speed: 0, tokens, ...options })
  onTestFinished(() => simulator.stop())
  const nobody = new Caller(simulator.url, {})
  const control = async (method: string, path: string, body?: unknown) => {
    const got = await nobody.send(method, `/simulator/${path}`, body)
    if (got.status >= 300) throw new Error(`${method} ${path}: ${got.status} ${got.body}`)
    return got
  }
  return {
    nobody,
    robot: nobody.with(bearer('token-of-the-robot')),
    ben: nobody.with(bearer('token-of-ben')),
    control,
    advance: async (seconds) => void (await control('POST', 'clock', { advanceSeconds: seconds })),
  }
}
