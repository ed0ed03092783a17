import { z } from 'zod'
import { formatJson } from '../../databricks/json.ts'
import type { Workspace } from '../workspace.ts'
import { decodeSegment } from './decode-segment.ts'
import { faultSchema, type Faults } from './faults.ts'
import type { RequestLog } from './request-log.ts'
import type { Tokens } from './tokens.ts'

/** What the control API answers. */
export interface ControlAnswer {
  readonly status: number
  readonly body: string
}

interface ControlRequest {
  readonly method: string
  readonly path: string
  readonly query: URLSearchParams
  readonly text: string
}

const clockSchema = z.strictObject({
  advanceSeconds: z
    .number()
    .min(0)
    .max(100 * 365 * 86_400),
})

const startFailureSchema = z.strictObject({
  code: z.string().default('CLOUD_PROVIDER_RESOURCE_STOCKOUT'),
  type: z.enum(['SUCCESS', 'CLIENT_ERROR', 'SERVICE_FAULT', 'CLOUD_FAILURE']).default('CLOUD_FAILURE'),
  parameters: z.record(z.string(), z.string()).default({}),
})

const answer = (body: unknown, status = 200): ControlAnswer => ({ status, body: formatJson(body) })
const wrong = (problem: string): ControlAnswer => answer({ error: problem }, 400)

/**
 * What a test or a story-teller does to the workspace from outside, under `/simulator/`. It is no part of
 * Databricks and needs no token: the server listens on loopback only.
 */
export class Control {
  readonly #workspace: Workspace
  readonly #log: RequestLog
  readonly #faults: Faults
  readonly #tokens: Tokens

  constructor(parts: { workspace: Workspace; log: RequestLog; faults: Faults; tokens: Tokens }) {
    this.#workspace = parts.workspace
    this.#log = parts.log
    this.#faults = parts.faults
    this.#tokens = parts.tokens
  }

  serve(request: ControlRequest): ControlAnswer {
    const { method, path, query, text } = request
    switch (`${method} ${path}`) {
      case 'GET /simulator/requests':
        return this.#requests(query)
      case 'DELETE /simulator/requests':
        this.#log.clear()
        return answer({})
      case 'GET /simulator/clock':
        return answer({ now: new Date(this.#workspace.clock.now()).toISOString() })
      case 'POST /simulator/clock':
        return withBody(clockSchema, text, ({ advanceSeconds }) => this.#advance(advanceSeconds))
      case 'GET /simulator/faults':
        return answer(this.#faults.list())
      case 'POST /simulator/faults':
        return withBody(faultSchema, text, (fault) => this.#faults.add(fault))
      case 'DELETE /simulator/faults':
        this.#faults.clear()
        return answer({})
      case 'POST /simulator/cluster-start-failures':
        return withBody(startFailureSchema, text, (reason) => this.#workspace.clusters.failNextStart(reason))
      default:
        return this.#revoke(request)
    }
  }

  #requests(query: URLSearchParams): ControlAnswer {
    const since = query.get('since') ?? '0'
    return /^[0-9]{1,15}$/.test(since)
      ? answer(this.#log.since(Number(since)))
      : wrong(`since must be an index, not '${since}'`)
  }

  #advance(seconds: number): object {
    this.#workspace.clock.advance(seconds * 1000)
    return { now: new Date(this.#workspace.clock.now()).toISOString() }
  }

  #revoke({ method, path }: ControlRequest): ControlAnswer {
    const [, segment] = /^\/simulator\/tokens\/([^/]+)\/revoke$/.exec(path) ?? []
    const token = segment === undefined ? undefined : decodeSegment(segment)
    if (method !== 'POST' || token === undefined)
      return answer({ error: `Nothing at ${method} ${path}` }, 404)
    return this.#tokens.revoke(token) ? answer({}) : answer({ error: 'No such token' }, 404)
  }
}

/** Reads a body strictly, since a misspelt fault that does nothing would make a test pass for nothing. */
function withBody<Shape extends z.ZodType>(
  schema: Shape,
  text: string,
  act: (body: z.infer<Shape>) => object | void,
): ControlAnswer {
  let body: unknown
  try {
    body = JSON.parse(text === '' ? '{}' : text)
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    return wrong(`The body is no JSON: ${error.message}`)
  }
  const result = schema.safeParse(body)
  return result.success ? answer(act(result.data) ?? {}) : wrong(z.prettifyError(result.error))
}
