import { permissionRoutes } from '../access/permission-routes.ts'
import { catalogObjectRoutes } from '../catalog/object-routes.ts'
import { catalogPermissionRoutes } from '../catalog/permission-routes.ts'
import { clusterRoutes } from '../clusters/routes.ts'
import { jobRoutes } from '../jobs/routes.ts'
import { runRoutes } from '../runs/routes.ts'
import { scimRoutes } from '../scim/routes.ts'
import { libraryRoutes } from '../libraries/routes.ts'
import { policyRoutes } from '../policies/routes.ts'
import { poolRoutes } from '../pools/routes.ts'
import type { Principal } from '../principals.ts'
import { Random } from '../random.ts'
import type { Workspace } from '../workspace.ts'
import { parseBody } from './body.ts'
import { jsonAnswer, type Answer, type Request } from './exchange.ts'
import { isRefusal, type Refusal } from './refusal.ts'
import { Router } from './router.ts'
import type { StaleReads } from './stale.ts'

const mePath = '/api/2.0/preview/scim/v2/Me'

/** Whether a call changes nothing. The events of a cluster are asked for with POST. */
const isRead = ({ method, path }: Request): boolean => method === 'GET' || path.endsWith('/clusters/events')

/** The workspace's API, behind authentication. */
export class Api {
  readonly #workspace: Workspace
  readonly #stale: StaleReads
  readonly #router: Router
  /** Of its own, so that the ids of answers do not move those of jobs. */
  readonly #chance = new Random(0)

  constructor(workspace: Workspace, stale: StaleReads) {
    this.#workspace = workspace
    this.#stale = stale
    this.#router = new Router([
      ...jobRoutes(workspace),
      ...runRoutes(workspace),
      ...clusterRoutes(workspace),
      ...libraryRoutes(workspace),
      ...policyRoutes(workspace),
      ...poolRoutes(workspace),
      ...catalogPermissionRoutes(workspace),
      ...catalogObjectRoutes(workspace),
      ...permissionRoutes(workspace),
      ...scimRoutes(workspace),
    ])
  }

  /** Answers a call of somebody, or says why the credentials were refused. */
  answer(request: Request, caller: Principal | Refusal): Answer {
    const result = isRefusal(caller) ? caller : this.#consistently(request, caller)
    const headers: Record<string, string> = {}
    const { switches, id } = this.#workspace
    if (switches.orgIdOnAllAnswers || request.path === mePath) headers['X-Databricks-Org-Id'] = id
    if (switches.requestIdHeader) headers['X-Request-Id'] = this.#chance.uuid()
    if (!isRefusal(result)) return this.#success(request, result, headers)
    if (result === caller && switches.reasonPhraseHeader) {
      headers['X-Databricks-Reason-Phrase'] = result.message
    }
    const answer = jsonAnswer(result.status, result.body(), headers)
    const isBare = result.status === 401 && switches.missingCredentialsBody === 'Empty'
    return isBare ? { ...answer, body: '' } : answer
  }

  #success(request: Request, result: object, headers: Readonly<Record<string, string>>): Answer {
    const answer = jsonAnswer(200, result, headers)
    const isBare = this.#workspace.switches.emptyAnswer === 'Nothing' && !isRead(request)
    return isBare && answer.body === '{}' ? { ...answer, body: '' } : answer
  }

  /** Handles a call in the state that it sees: as it is or, for a stale read, as it was before the last write. */
  #consistently(request: Request, caller: Principal): object | Refusal {
    const { method, path, person } = request
    if (!isRead(request)) {
      const before = this.#stale.wantsWrites ? this.#workspace.snapshot() : undefined
      const result = this.#handle(request, caller)
      if (before !== undefined && !isRefusal(result)) this.#stale.wrote(before)
      return result
    }
    const goBack = person === undefined ? this.#stale.take(method, path) : undefined
    if (goBack === undefined) return this.#handle(request, caller)
    const comeForward = this.#workspace.snapshot()
    goBack()
    try {
      return this.#handle(request, caller)
    } finally {
      comeForward()
    }
  }

  #handle({ method, path, query, text, person, origin }: Request, caller: Principal): object | Refusal {
    const match = this.#router.find(method, path)
    if (isRefusal(match)) return match
    if (isRefusal(text)) return text
    const body = parseBody(text)
    if (isRefusal(body)) return body
    const { version, parameters } = match
    const source = person === undefined ? 'API' : 'UI'
    return match.handle({ method, path, version, parameters, query, body, caller, source, origin })
  }
}
