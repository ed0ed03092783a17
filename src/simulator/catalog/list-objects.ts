import type { JsonObject } from '../../databricks/json.ts'
import type { Call } from '../http/call.ts'
import { integerParameter } from '../http/query.ts'
import { invalidParameter, isRefusal, type Refusal } from '../http/refusal.ts'
import { pageToken, placeOf } from '../page-token.ts'
import type { Principal } from '../principals.ts'
import type { Workspace } from '../workspace.ts'
import { maySee, seesContents } from './authority.ts'
import type { ObjectKind } from './object-kinds.ts'
import { missing } from './refusals.ts'
import type { Securable } from './securable.ts'

const largestPage = 1000

/** One page of a collection, with what the caller may see of it. */
export function listObjects(
  workspace: Workspace,
  kind: ObjectKind,
  { call, describe }: { call: Call; describe: (securable: Securable) => JsonObject },
): object | Refusal {
  const { query, caller } = call
  const found = inParent(workspace, kind, query)
  if (isRefusal(found)) return found
  const seen = found.filter((securable) => kind.holds(securable)).filter(sight(workspace, caller))
  const most = integerParameter(query, 'max_results') ?? kind.pageSize
  if (isRefusal(most)) return most
  if (most !== undefined && most < 0) return invalidParameter('max_results must not be negative.')
  if (most === undefined) return { [kind.member]: seen.map(describe) }
  const token = query.get('page_token') ?? ''
  const { from, full = 0 } = (token === '' ? { from: 0 } : placeOf(token)) ?? {}
  if (from === undefined) return invalidParameter(`Invalid page token: ${token}`)
  // An empty page promises that the next one is not, so that a client gets through.
  if (full === 0 && workspace.random.next() < workspace.switches.emptyPageShare) {
    return { [kind.member]: [], next_page_token: pageToken({ from, full: 1 }) }
  }
  const size = most === 0 ? largestPage : Math.min(most, kind.pageSize ?? largestPage)
  return {
    [kind.member]: seen.slice(from, from + size).map(describe),
    ...(from + size < seen.length && { next_page_token: pageToken({ from: from + size }) }),
  }
}

/** Whether a caller sees a securable, without asking again for each of thousands in one container. */
function sight(workspace: Workspace, caller: Principal): (securable: Securable) => boolean {
  const open = new Map<Securable, boolean>()
  return (securable) => {
    const { parent } = securable
    if (parent === undefined) return maySee(workspace, securable, caller)
    const isOpen = open.get(parent) ?? seesContents(workspace, parent, caller)
    open.set(parent, isOpen)
    return isOpen || maySee(workspace, securable, caller)
  }
}

/** What a query is about: everything in the parent that it names. */
function inParent(
  workspace: Workspace,
  { types, shape, parents }: ObjectKind,
  query: URLSearchParams,
): readonly Securable[] | Refusal {
  const { securables } = workspace
  const absent = parents.filter((field) => (query.get(field) ?? '') === '')
  // Models can be listed wherever they are.
  if (shape === 'model' && absent.length === parents.length) return byName(securables.all('function'))
  const [field] = absent
  if (field !== undefined) return invalidParameter(`Missing required field: ${field}`)
  const [catalogName, schemaName] = parents.map((each) => query.get(each) ?? '')
  if (catalogName === undefined) return byName(types.flatMap((type) => [...securables.in(undefined, type)]))
  const catalog = securables.find('catalog', catalogName)
  if (catalog === undefined) return missing(workspace, 'catalog', catalogName)
  const [type] = types
  if (schemaName === undefined) return securables.in(catalog, type)
  const schema = securables.find('schema', `${catalogName}.${schemaName}`)
  if (schema === undefined) return missing(workspace, 'schema', `${catalogName}.${schemaName}`)
  return securables.in(schema, type)
}

const byName = (securables: readonly Securable[]): Securable[] =>
  securables.toSorted((left, right) => (left.name < right.name ? -1 : 1))
