import { formatJson, type JsonObject } from '../../databricks/json.ts'
import { shaped } from '../http/body.ts'
import type { Call, Route } from '../http/call.ts'
import { integerParameter } from '../http/query.ts'
import { isRefusal, type Refusal } from '../http/refusal.ts'
import { isAdmin, type Principal } from '../principals.ts'
import type { Workspace } from '../workspace.ts'
import { documentOf, lookupOf, meDocument, type Wanted } from './document.ts'
import { filterIn } from './filter.ts'
import { patched, patchSchema } from './patch.ts'
import { scimRefusal } from './refusal.ts'
import { resourceTypes, type ResourceType } from './resource-types.ts'
import { createPrincipal, deletePrincipal, replacePrincipal } from './write.ts'

const versions = ['2.0']
const root = '/preview/scim/v2'

/** Users, service principals and groups, and who the caller is. */
export const scimRoutes = (workspace: Workspace): Route[] => [
  {
    // https://docs.databricks.com/api/workspace/currentuser/me
    method: 'GET',
    versions,
    path: `${root}/Me`,
    handle: ({ caller }) => meDocument(workspace.principals, caller),
  },
  ...resourceTypes.flatMap((type) => collection(workspace, type)),
]

/** The six calls of a collection: https://docs.databricks.com/api/workspace/users and its siblings. */
function collection(workspace: Workspace, type: ResourceType): Route[] {
  const { principals } = workspace
  const collectionPath = `${root}/${type.path}`
  const path = `${collectionPath}/{id}`
  const show = (result: Principal | Refusal, wanted?: Wanted) =>
    isRefusal(result) ? result : documentOf(principals, { type, principal: result }, wanted)
  return [
    { method: 'GET', versions, path: collectionPath, handle: (call) => list(workspace, type, call) },
    {
      method: 'POST',
      versions,
      path: collectionPath,
      handle: (call) => refuseCaller(call) ?? show(createPrincipal(workspace, type, call.body)),
    },
    {
      method: 'GET',
      versions,
      path,
      handle: (call) => show(find(workspace, type, call), wantedBy(call.query)),
    },
    {
      method: 'PUT',
      versions,
      path,
      handle: (call) => {
        const principal = refuseCaller(call) ?? find(workspace, type, call)
        if (isRefusal(principal)) return principal
        return show(replacePrincipal(workspace, { type, principal }, call.body))
      },
    },
    { method: 'PATCH', versions, path, handle: (call) => show(patch(workspace, type, call)) },
    {
      method: 'DELETE',
      versions,
      path,
      handle: (call) => {
        const principal = refuseCaller(call) ?? find(workspace, type, call)
        return isRefusal(principal) ? principal : (deletePrincipal(workspace, principal) ?? {})
      },
    },
  ]
}

/** Everybody may look around; only administrators change something. */
const refuseCaller = ({ caller }: Call): Refusal | undefined =>
  isAdmin(caller) ? undefined : scimRefusal(403, 'Only administrators can change users and groups.')

function find({ principals }: Workspace, type: ResourceType, { parameters }: Call): Principal | Refusal {
  const id = parameters['id'] ?? ''
  const principal = principals.withId(id)
  return principal?.kind === type.kind
    ? principal
    : scimRefusal(404, `${type.title} with id ${id} not found.`)
}

function patch(workspace: Workspace, type: ResourceType, call: Call): Principal | Refusal {
  const principal = refuseCaller(call) ?? find(workspace, type, call)
  if (isRefusal(principal)) return principal
  const sent = shaped(patchSchema, call.body)
  if (isRefusal(sent)) return scimRefusal(400, sent.message, 'invalidSyntax')
  const document = documentOf(workspace.principals, { type, principal })
  const result = patched(document, sent.Operations)
  return isRefusal(result) ? result : replacePrincipal(workspace, { type, principal }, result)
}

/** The attributes that a query asks for. */
function wantedBy(query: URLSearchParams): Wanted {
  const names = (parameter: string) => (query.get(parameter) ?? '').split(',').filter((name) => name !== '')
  return { only: names('attributes'), without: names('excludedAttributes') }
}

function list(workspace: Workspace, type: ResourceType, { query }: Call): object | Refusal {
  const { principals } = workspace
  const filter = filterIn(query)
  if (isRefusal(filter)) return filter
  const start = integerParameter(query, 'startIndex') ?? 1
  const count = integerParameter(query, 'count')
  if (isRefusal(start) || isRefusal(count)) {
    return scimRefusal(400, 'startIndex and count must be whole numbers.', 'invalidValue')
  }
  const found = principals
    .ofKind(type.kind)
    .filter((principal) => filter(lookupOf(principals, { type, principal })))
  const sorted = sortedBy(workspace, { type, found }, query)
  const from = Math.max(start, 1) - 1
  const page = sorted.slice(from, count === undefined ? undefined : from + Math.max(count, 0))
  const wanted = wantedBy(query)
  return {
    schemas: ['urn:ietf:params:scim:api:messages:2.0:ListResponse'],
    totalResults: found.length,
    startIndex: from + 1,
    itemsPerPage: page.length,
    Resources: page.map((principal): JsonObject => documentOf(principals, { type, principal }, wanted)),
  }
}

function sortedBy(
  { principals }: Workspace,
  { type, found }: { type: ResourceType; found: readonly Principal[] },
  query: URLSearchParams,
): readonly Principal[] {
  const path = query.get('sortBy')
  if (path === null) return found
  const ranked = found.map((principal) => ({
    principal,
    rank: formatJson(lookupOf(principals, { type, principal })(path)),
  }))
  ranked.sort((left, right) => left.rank.localeCompare(right.rank))
  if (query.get('sortOrder') === 'descending') ranked.reverse()
  return ranked.map(({ principal }) => principal)
}
