import { formatJson } from '../../src/databricks/json.ts'
import type { LoggedRequest } from '../../src/simulator/http/request-log.ts'
import { demoApplicationId } from '../../src/simulator/seed-content.ts'
import { startSimulator, type Simulator, type SimulatorOptions } from '../../src/simulator/simulator.ts'
import { Answer } from '../simulator/harness.ts'

/** Somebody at work in the web interface. */
export interface Person {
  get(path: string): Promise<Answer>
  post(path: string, body: object): Promise<Answer>
  patch(path: string, body: object): Promise<Answer>
}

/** What goes wrong with a call; the words are those of the simulator's control API. */
export interface Fault {
  match: string
  count?: number
  /** How many calls that fit pass before. */
  offset?: number
  when?: 'before' | 'after'
  status?: number
  body?: object | string
  headers?: Record<string, string>
  reset?: true
  hang?: 'BeforeHeaders' | 'AfterHeaders'
  cut?: true
  delaySeconds?: number
}

/** A Databricks workspace of its own, and what can be seen of it from outside. */
export class Databricks {
  #simulator: Simulator
  /** An administrator who edits by hand. */
  readonly ana: Person = this.as('ana@example.com')

  private constructor(simulator: Simulator) {
    this.#simulator = simulator
  }

  static async start(options: SimulatorOptions = {}): Promise<Databricks> {
    return new Databricks(await startSimulator({ port: 0, ...options }))
  }

  get url(): string {
    return this.#simulator.url
  }

  get port(): number {
    return this.#simulator.port
  }

  stop(): Promise<void> {
    return this.#simulator.stop()
  }

  /** Another workspace behind the same address; the former one is gone with all it held. */
  async replaceBy(options: SimulatorOptions): Promise<void> {
    const { port } = this
    await this.stop()
    this.#simulator = await startSimulator({ ...options, port })
  }

  as(user: string): Person {
    const send = async (method: string, path: string, body?: object) => {
      const answer = await this.#send(method, `/simulator/as/${encodeURIComponent(user)}${path}`, body)
      if (answer.status >= 300)
        throw new Error(`${method} ${path}: ${answer.status} ${formatJson(answer.body)}`)
      return answer
    }
    return {
      get: (path) => send('GET', path),
      post: (path, body) => send('POST', path, body),
      patch: (path, body) => send('PATCH', path, body),
    }
  }

  /** Orders trouble for calls to come. */
  async fault(fault: Fault): Promise<void> {
    await this.control('POST', 'faults', fault)
  }

  /** What of the trouble is still to come. */
  async faultsLeft(): Promise<number> {
    const { body } = await this.control('GET', 'faults')
    return Array.isArray(body) ? body.length : 0
  }

  async clearFaults(): Promise<void> {
    await this.control('DELETE', 'faults')
  }

  /** Lets the workspace's time pass. */
  async advance(seconds: number): Promise<void> {
    await this.control('POST', 'clock', { advanceSeconds: seconds })
  }

  async revokeToken(token: string): Promise<void> {
    await this.control('POST', `tokens/${encodeURIComponent(token)}/revoke`)
  }

  /** What was asked of token endpoints so far. */
  async tokenRequests(): Promise<LoggedRequest[]> {
    const { body } = await this.control('GET', 'requests?method=POST')
    const all = body as unknown as LoggedRequest[]
    return all.filter(({ path }) => path.endsWith('/token'))
  }

  /** The calls of programs so far; those of people are left out. */
  async calls(): Promise<LoggedRequest[]> {
    const answer = await this.control('GET', 'requests')
    // Only ids are beyond a number here, and they are compared as text.
    const all = answer.body as unknown as LoggedRequest[]
    return all.filter(({ identity }) => identity === null || identity === demoApplicationId)
  }

  /** Those of them that change something. */
  async writes(): Promise<LoggedRequest[]> {
    return (await this.calls()).filter(
      ({ method, path }) => method !== 'GET' && path !== '/api/2.1/clusters/events',
    )
  }

  /** The calls that `act` was followed by, until it was done. */
  async during(act: () => Promise<unknown>): Promise<{ calls: LoggedRequest[]; writes: LoggedRequest[] }> {
    const before = { calls: (await this.calls()).length, writes: (await this.writes()).length }
    await act()
    return {
      calls: (await this.calls()).slice(before.calls),
      writes: (await this.writes()).slice(before.writes),
    }
  }

  /** The settings of a job as Ana sees them; undefined when it does not exist. */
  async job(id: string): Promise<Answer | undefined> {
    const { url } = this
    const response = await fetch(`${url}/simulator/as/ana@example.com/api/2.2/jobs/get?job_id=${id}`)
    return response.status === 200 ? new Answer(response, await response.text()) : undefined
  }

  /** The ids of all jobs of this name. */
  async jobsNamed(name: string): Promise<string[]> {
    return (await this.ana.get(`/api/2.2/jobs/list?limit=100&name=${encodeURIComponent(name)}`)).texts(
      'jobs',
      'job_id',
    )
  }

  async cluster(id: string): Promise<Answer | undefined> {
    const { url } = this
    const response = await fetch(`${url}/simulator/as/ana@example.com/api/2.1/clusters/get?cluster_id=${id}`)
    return response.status === 200 ? new Answer(response, await response.text()) : undefined
  }

  /** The ids of all clusters of this name. */
  async clustersNamed(name: string): Promise<string[]> {
    const clusters = (await this.ana.get('/api/2.1/clusters/list?page_size=100')).list('clusters')
    return clusters
      .filter((cluster) => cluster.at('cluster_name') === name)
      .map((cluster) => cluster.text('cluster_id'))
  }

  /** Who holds what on a securable, as `{analysts: ['SELECT']}`; `securable` is `schema/main.silver`. */
  async grants(securable: string): Promise<Record<string, string[]>> {
    const answer = await this.ana.get(`/api/2.1/unity-catalog/permissions/${securable}`)
    return Object.fromEntries(
      answer
        .list('privilege_assignments')
        .map((one) => [
          one.text('principal'),
          (one.at('privileges') as string[]).toSorted((a, b) => a.localeCompare(b)),
        ]),
    )
  }

  /** Grants and revokes by hand. */
  async changeGrants(
    securable: string,
    change: { principal: string; add?: string[]; remove?: string[] },
  ): Promise<void> {
    await this.ana.patch(`/api/2.1/unity-catalog/permissions/${securable}`, { changes: [change] })
  }

  /** An order to the control API, in its own words. */
  async control(method: string, path: string, body?: object): Promise<Answer> {
    const answer = await this.#send(method, `/simulator/${path}`, body)
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${formatJson(answer.body)}`)
    return answer
  }

  async #send(method: string, path: string, body?: object): Promise<Answer> {
    const response = await fetch(this.url + path, { method, ...(body && { body: formatJson(body) }) })
    return new Answer(response, await response.text())
  }
}
