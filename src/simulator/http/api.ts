import type { IncomingHttpHeaders } from 'node:http'
import { formatJson, type Json } from '../../databricks/json.ts'
import { permissionRoutes } from '../access/permission-routes.ts'
import { meRoutes } from '../access/me-routes.ts'
import { catalogObjectRoutes } from '../catalog/object-routes.ts'
import { catalogPermissionRoutes } from '../catalog/permission-routes.ts'
import { clusterRoutes } from '../clusters/routes.ts'
import { jobRoutes } from '../jobs/routes.ts'
import type { Principal } from '../principals.ts'
import type { Workspace } from '../workspace.ts'
import { parseBody } from './body.ts'
import type { Faults, Fault } from './faults.ts'
import { isRefusal, type Refusal } from './refusal.ts'
import { plainQuery, type RequestLog } from './request-log.ts'
import { Router } from './router.ts'
import type { Tokens } from './tokens.ts'

/** A request as it came over the wire, its body read. */
export interface Request {
  readonly method: string
  readonly path: string
  readonly query: URLSearchParams
  readonly headers: IncomingHttpHeaders
  readonly text: string | Refusal
  /** Set for a person in the web interface, who needs no token. */
  readonly person: Principal | undefined
}

/** What goes back; `Reset` cuts the connection. */
export type Response =
  | {
      readonly kind: 'Answer'
      readonly status: number
      readonly headers: Readonly<Record<string, string>>
      readonly body: string
    }
  | { readonly kind: 'Reset' }

type Answer = Extract<Response, { kind: 'Answer' }>

const mePath = '/api/2.0/preview/scim/v2/Me'

/** The workspace's API: credentials, faults, routes, log, in this order and in one place. */
export class Api {
  readonly #workspace: Workspace
  readonly #tokens: Tokens
  readonly #faults: Faults
  readonly #log: RequestLog
  readonly #router: Router
  readonly #sleep: (milliseconds: number) => Promise<void>

  constructor(parts: {
    workspace: Workspace
    tokens: Tokens
    faults: Faults
    log: RequestLog
    sleep: (milliseconds: number) => Promise<void>
  }) {
    this.#workspace = parts.workspace
    this.#tokens = parts.tokens
    this.#faults = parts.faults
    this.#log = parts.log
    this.#sleep = parts.sleep
    const { workspace } = parts
    this.#router = new Router([
      ...jobRoutes(workspace),
      ...clusterRoutes(workspace),
      ...catalogPermissionRoutes(workspace),
      ...catalogObjectRoutes(workspace),
      ...permissionRoutes(workspace),
      ...meRoutes(workspace),
    ])
  }

  /** Answers a request and logs it. Faults are for programs: what a person clicks always works. */
  async serve(request: Request): Promise<Response> {
    const at = new Date(this.#workspace.clock.now()).toISOString()
    const caller = request.person ?? this.#tokens.callerOf(request.headers)
    const fault = request.person === undefined ? this.#faults.take(request.method, request.path) : undefined
    const response = await this.#respond(request, caller, fault)
    this.#log.add({
      at,
      method: request.method,
      path: request.path,
      query: plainQuery(request.query),
      body: loggedBody(request.text),
      identity: isRefusal(caller) ? null : caller.name,
      status: response.kind === 'Answer' ? response.status : null,
    })
    return response
  }

  async #respond(request: Request, caller: Principal | Refusal, fault: Fault | undefined): Promise<Response> {
    if (fault === undefined) return this.#answer(request, caller)
    const replaces = fault.reset === true || fault.status !== undefined
    if (fault.when === 'after') {
      const answer = this.#answer(request, caller)
      await this.#sleep(fault.delaySeconds * 1000)
      return replaces ? this.#trouble(fault) : answer
    }
    await this.#sleep(fault.delaySeconds * 1000)
    return replaces ? this.#trouble(fault) : this.#answer(request, caller)
  }

  #trouble({ reset, status = 503, headers, body = '' }: Fault): Response {
    if (reset === true) return { kind: 'Reset' }
    const isText = typeof body === 'string'
    const type = isText ? 'text/plain' : 'application/json'
    return {
      kind: 'Answer',
      status,
      headers: { 'Content-Type': type, ...headers },
      body: isText ? body : formatJson(body),
    }
  }

  #answer(request: Request, caller: Principal | Refusal): Answer {
    // What would lie beside the API is public, and so is the answer that it is not there.
    const isPublic = !request.path.startsWith('/api/')
    const result = isPublic || !isRefusal(caller) ? this.#handle(request, caller) : caller
    const headers: Record<string, string> = { 'Content-Type': 'application/json' }
    if (this.#workspace.switches.orgIdOnAllAnswers || request.path === mePath) {
      headers['X-Databricks-Org-Id'] = this.#workspace.id
    }
    if (!isRefusal(result)) return { kind: 'Answer', status: 200, headers, body: formatJson(result) }
    if (result === caller) headers['X-Databricks-Reason-Phrase'] = result.message
    return { kind: 'Answer', status: result.status, headers, body: formatJson(result.body()) }
  }

  #handle(request: Request, caller: Principal | Refusal): object | Refusal {
    const { method, path, query, text } = request
    const match = this.#router.find(method, path)
    if (isRefusal(match)) return match
    if (isRefusal(caller)) return caller
    if (isRefusal(text)) return text
    const body = parseBody(text)
    if (isRefusal(body)) return body
    const source = request.person === undefined ? 'API' : 'UI'
    const { version, parameters } = match
    return match.handle({ method, path, version, parameters, query, body, caller, source })
  }
}

/** A body for the log: JSON as it is, anything else as text. */
function loggedBody(text: string | Refusal): Json {
  if (isRefusal(text)) return `(${text.message})`
  if (text === '') return null
  const body = parseBody(text)
  return isRefusal(body) ? text.slice(0, 1000) : body
}
