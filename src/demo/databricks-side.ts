import { formatJson, isObject, parseJson, type JsonObject } from '../databricks/json.ts'
import type { LoggedRequest } from '../simulator/http/request-log.ts'
import { demoApplicationId } from '../simulator/seed-content.ts'

/** An administrator of the workspace, a person. */
export const person = 'ana@example.com'

/** The workspace as people see it who know nothing of Kubernetes. */
export class DatabricksSide {
  readonly #url: string
  readonly #signal: AbortSignal

  constructor(url: string, signal: AbortSignal) {
    this.#url = url
    this.#signal = signal
  }

  /** Reads as the person. */
  read(path: string): Promise<JsonObject> {
    return this.#call(`/simulator/as/${person}${path}`)
  }

  /** Does what a click in the web interface does. */
  write(method: 'POST' | 'PATCH', path: string, body: JsonObject): Promise<JsonObject> {
    return this.#call(`/simulator/as/${person}${path}`, { method, body: formatJson(body) })
  }

  /** The calls of the operator so far, from the n-th on, as the workspace saw them. */
  async operatorCalls(since = 0): Promise<LoggedRequest[]> {
    const log = (await this.#json('/simulator/requests')) as unknown as LoggedRequest[]
    return log.filter(({ identity }) => identity === demoApplicationId).slice(since)
  }

  async #call(path: string, init: RequestInit = {}): Promise<JsonObject> {
    const answer = await this.#json(path, init)
    if (isObject(answer)) return answer
    throw new Error(`${path} answered something else than a JSON object`)
  }

  async #json(path: string, init: RequestInit = {}): Promise<unknown> {
    const response = await fetch(this.#url + path, { ...init, signal: this.#signal })
    const text = await response.text()
    if (response.ok) return parseJson(text)
    throw new Error(`Databricks answered ${init.method ?? 'GET'} ${path} with ${response.status}: ${text}`)
  }
}

/** Whether a call may have changed something; clusters/events is a question although it is a POST. */
export const isWrite = ({ method, path }: LoggedRequest): boolean =>
  method !== 'GET' && !path.endsWith('/clusters/events')
