import { integerParameter } from '../http/query.ts'
import { invalidParameter, isRefusal, type Refusal } from '../http/refusal.ts'
import { pageToken, placeOf } from '../page-token.ts'
import type { Workspace } from '../workspace.ts'

/** The smallest page that may be asked for, and the largest that is given. */
const smallestPage = 150
const largestPage = 500

/** One line of a grant list. */
export interface Assignment {
  readonly principal: string
  readonly privileges: readonly unknown[]
}

/**
 * The part of a grant list that a query asks for. Without `max_results` it comes whole and in an order that
 * means nothing; `{}` when there is nothing in it. With it the list comes in pages, of which any may be
 * empty and still not be the last.
 */
export function pageOfAssignments(
  { random, switches }: Workspace,
  assignments: readonly Assignment[],
  query: URLSearchParams,
): object | Refusal {
  const principal = query.get('principal')?.toLowerCase()
  const wanted = assignments.filter(
    (entry) => principal === undefined || entry.principal.toLowerCase() === principal,
  )
  const most = integerParameter(query, 'max_results')
  if (isRefusal(most)) return most
  if (most === undefined) return wanted.length > 0 ? { privilege_assignments: random.shuffled(wanted) } : {}
  if (most < 0 || (most > 0 && most < smallestPage)) {
    return invalidParameter(`max_results must be 0 or at least ${smallestPage}, not ${most}.`)
  }
  const token = query.get('page_token') ?? ''
  const { from, full = 0 } = (token === '' ? { from: 0 } : placeOf(token)) ?? {}
  if (from === undefined) return invalidParameter(`Invalid page token: ${token}`)
  // An empty page promises that the next one is not, so that a client gets through.
  if (full === 0 && random.next() < switches.emptyPageShare) {
    return { privilege_assignments: [], next_page_token: pageToken({ from, full: 1 }) }
  }
  const size = Math.min(most || largestPage, largestPage)
  const sorted = wanted.toSorted((left, right) => (left.principal < right.principal ? -1 : 1))
  return {
    privilege_assignments: random.shuffled(sorted.slice(from, from + size)),
    ...(from + size < sorted.length && { next_page_token: pageToken({ from: from + size }) }),
  }
}
