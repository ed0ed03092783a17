import { integerParameter } from '../http/query.ts'
import { invalidParameter, isRefusal, type Refusal } from '../http/refusal.ts'
import { pageToken, placeOf } from '../page-token.ts'
import type { Workspace } from '../workspace.ts'

/** The smallest page that may be asked for, and the largest that is given. */
const smallestPage = 150
const largestPage = 500

/** What one principal has. */
export interface Assignment {
  readonly principalId: string
  readonly privileges: readonly unknown[]
}

/** How a call writes a list of assignments, of which there is an older and a newer way. */
export interface AssignmentForm {
  /** The member of the answer that holds the list. */
  readonly member: 'privilege_assignments' | 'effective_privilege_assignments'
  /** The query's parameter for the size of a page. */
  readonly size: 'max_results' | 'page_size'
  /** Whether an entry has the principal's id beside its name. */
  readonly ids: 'Shown' | 'Hidden'
}

/** The way of `permissions` and `effective-permissions`: everything at once unless a size is asked for. */
export const olderForm: AssignmentForm = {
  member: 'privilege_assignments',
  size: 'max_results',
  ids: 'Hidden',
}

/**
 * The part of a grant list that a query asks for. In the older form it comes whole without `max_results`;
 * `{}` when there is nothing in it. Otherwise it comes in pages, of which any may be empty and still not be
 * the last. The order means nothing.
 */
export function pageOfAssignments(
  workspace: Workspace,
  assignments: readonly Assignment[],
  { query, form }: { query: URLSearchParams; form: AssignmentForm },
): object | Refusal {
  const { random, switches } = workspace
  const principal = query.get('principal')?.toLowerCase()
  const wanted = assignments.filter(
    ({ principalId }) =>
      principal === undefined || nameOf(workspace, principalId).toLowerCase() === principal,
  )
  const show = (page: readonly Assignment[]) =>
    random.shuffled(page).map((assignment) => describe(workspace, assignment, form))
  const most = integerParameter(query, form.size)
  if (isRefusal(most)) return most
  if (most === undefined && form === olderForm) {
    return wanted.length > 0 ? { privilege_assignments: show(wanted) } : {}
  }
  if (most !== undefined && most !== 0 && most < smallestPage) {
    return invalidParameter(`${form.size} must be 0 or at least ${smallestPage}, not ${most}.`)
  }
  const token = query.get('page_token') ?? ''
  const { from, full = 0 } = (token === '' ? { from: 0 } : placeOf(token)) ?? {}
  if (from === undefined) return invalidParameter(`Invalid page token: ${token}`)
  // An empty page promises that the next one is not, so that a client gets through.
  if (full === 0 && random.next() < switches.emptyPageShare) {
    return { [form.member]: [], next_page_token: pageToken({ from, full: 1 }) }
  }
  const size = Math.min(most === undefined || most === 0 ? largestPage : most, largestPage)
  const sorted = wanted.toSorted((left, right) => (left.principalId < right.principalId ? -1 : 1))
  return {
    [form.member]: show(sorted.slice(from, from + size)),
    ...(from + size < sorted.length && { next_page_token: pageToken({ from: from + size }) }),
  }
}

function describe(
  workspace: Workspace,
  { principalId, privileges }: Assignment,
  form: AssignmentForm,
): object {
  return {
    principal: nameOf(workspace, principalId),
    ...(form.ids === 'Shown' && { principal_id: BigInt(principalId) }),
    privileges,
  }
}

/** How a principal is written; the text is empty for one that was deleted. */
function nameOf({ principals, switches }: Workspace, id: string): string {
  const principal = principals.withId(id)
  const name = principal?.name ?? ''
  return switches.lowerCaseUsers && principal?.kind === 'user' ? name.toLowerCase() : name
}
