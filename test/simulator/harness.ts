import { onTestFinished } from 'vitest'
import type { Clock } from '../../src/clock.ts'
import { formatJson, parseJson, type Json, type JsonObject } from '../../src/databricks/json.ts'
import { startSimulator, type SimulatorOptions } from '../../src/simulator/simulator.ts'

/** When the workspaces of these tests begin. */
export const beginning = Date.UTC(2026, 8, 3, 10, 15, 30)

/** A clock that stands still and notes for how long somebody wanted to sleep. */
export function stillClock(): Clock & { readonly slept: number[] } {
  const slept: number[] = []
  return {
    slept,
    now: () => beginning,
    monotonic: () => 0,
    sleep: async (milliseconds) => {
      slept.push(milliseconds)
    },
  }
}

/** An answer, its JSON read without loss. */
export class Answer {
  readonly status: number
  readonly headers: Headers
  readonly body: Json

  constructor({ status, headers }: Response, text: string) {
    this.status = status
    this.headers = headers
    this.body = text === '' ? null : parseJson(text)
  }

  /** The member at a path such as `settings.tasks.0.task_key`; undefined if it is not there. */
  at(path: string): Json | undefined {
    let value: Json | undefined = this.body
    for (const key of path.split('.')) {
      value = typeof value === 'object' && value !== null ? (value as JsonObject)[key] : undefined
    }
    return value
  }

  /** The member at a path as text, for instance to be put into the next request. */
  text(path: string): string {
    const value = this.at(path)
    return typeof value === 'string' ? value : formatJson(value)
  }

  /** A member of each element of the list at a path, as text. */
  texts(path: string, member: string): string[] {
    return this.list(path).map((item) => item.text(member))
  }

  /** The list at a path; empty if it is not there. */
  list(path: string): Answer[] {
    const value = this.at(path) ?? []
    if (!Array.isArray(value)) throw new Error(`${path} is no list`)
    return value.map((item) => new Answer(new Response(), formatJson(item)))
  }
}

export interface Client {
  readonly url: string
  readonly get: (path: string) => Promise<Answer>
  readonly post: (path: string, body?: object) => Promise<Answer>
  readonly put: (path: string, body: object) => Promise<Answer>
  readonly patch: (path: string, body: object) => Promise<Answer>
  readonly delete: (path: string) => Promise<Answer>
  /** The same client as a person in the web interface. */
  readonly as: (user: string) => Client
  /** The same client with another token. */
  readonly with: (token: string | undefined) => Client
  readonly control: (method: string, path: string, body?: object) => Promise<Answer>
  readonly advance: (seconds: number) => Promise<void>
}

/** A workspace whose time stands still, stopped at the end of the test, and a client of it. */
export async function workspace(options: SimulatorOptions = {}): Promise<Client> {
  const simulator = await startSimulator({ port: 0, clock: stillClock(), seed: 7, ...options })
  onTestFinished(() => simulator.stop())
  return client(simulator.url, '', 'lakeward-demo')
}

function client(url: string, prefix: string, token: string | undefined): Client {
  const send = async (method: string, path: string, body?: object): Promise<Answer> => {
    const response = await fetch(url + path, {
      method,
      ...(token !== undefined && { headers: { Authorization: `Bearer ${token}` } }),
      ...(body && { body: formatJson(body) }),
    })
    return new Answer(response, await response.text())
  }
  const control = (method: string, path: string, body?: object) => send(method, `/simulator/${path}`, body)
  return {
    url,
    get: (path) => send('GET', prefix + path),
    post: (path, body = {}) => send('POST', prefix + path, body),
    put: (path, body) => send('PUT', prefix + path, body),
    patch: (path, body) => send('PATCH', prefix + path, body),
    delete: (path) => send('DELETE', prefix + path),
    as: (user) => client(url, `/simulator/as/${encodeURIComponent(user)}`, undefined),
    with: (other) => client(url, prefix, other),
    control,
    advance: async (seconds) => {
      await control('POST', 'clock', { advanceSeconds: seconds })
    },
  }
}
