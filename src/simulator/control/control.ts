import { jsonAnswer, type Answer } from '../http/exchange.ts'
import { bind, type ControlRoute } from './route.ts'

/** A control call as it came over the wire. */
interface ControlRequest {
  readonly method: string
  readonly path: string
  readonly query: URLSearchParams
  readonly text: string
}

const prefix = '/simulator'

/**
 * What a test or a story-teller does to the workspace from outside, under `/simulator/`. It is no part of
 * Databricks and needs no token: the server listens on loopback only.
 */
export class Control {
  readonly #routes: readonly ControlRoute[]

  constructor(routes: readonly ControlRoute[]) {
    this.#routes = routes
  }

  serve({ method, path, query, text }: ControlRequest): Answer {
    for (const route of this.#routes) {
      if (route.method !== method) continue
      const parameters = bind(route.path, path.slice(prefix.length))
      if (parameters !== undefined) return route.handle({ parameters, query, text })
    }
    return jsonAnswer(404, { error: `Nothing at ${method} ${path}` })
  }
}
