import { flagParameter, integerParameter, optionalIdParameter } from '../http/query.ts'
import { invalidParameter, isRefusal, type Refusal } from '../http/refusal.ts'
import { pageToken, placeOf } from '../page-token.ts'
import { isEnded, type Run } from './run.ts'

const usualPage = 20
const largestPage = 24

const runTypes = new Set(['JOB_RUN', 'SUBMIT_RUN', 'WORKFLOW_RUN'])

/** Which runs a query asks for. */
export interface RunQuery {
  readonly jobId: bigint | undefined
  readonly limit: number
  readonly offset: number
  readonly isWanted: (run: Run) => boolean
  /** Where the former page ended, and whether the runs before or behind that place are wanted. */
  readonly place: { readonly time: number; readonly serial: number; readonly isBack: boolean } | undefined
}

/** One page of runs/list. */
export interface RunPage {
  readonly runs: readonly Run[]
  readonly next: string | undefined
  readonly previous: string | undefined
}

/** Reads the parameters of runs/list. */
export function readRunQuery(query: URLSearchParams): RunQuery | Refusal {
  const limit = integerParameter(query, 'limit') ?? usualPage
  if (isRefusal(limit)) return limit
  // Zero asks for as many as there can be on one page.
  if (limit < 0 || limit > largestPage) {
    return invalidParameter(`limit must be between 0 and ${largestPage}, not ${limit}.`)
  }
  const offset = integerParameter(query, 'offset') ?? 0
  if (isRefusal(offset)) return offset
  if (offset < 0) return invalidParameter('offset must not be negative.')
  const jobId = optionalIdParameter(query, 'job_id')
  if (isRefusal(jobId)) return jobId
  const isWanted = readFilter(query)
  if (isRefusal(isWanted)) return isWanted
  const token = query.get('page_token') ?? ''
  const place = token === '' ? undefined : placeIn(token)
  if (token !== '' && place === undefined) return invalidParameter(`Invalid page token: ${token}`)
  return { jobId, limit: limit || largestPage, offset: token === '' ? offset : 0, isWanted, place }
}

function readFilter(query: URLSearchParams): ((run: Run) => boolean) | Refusal {
  const isActiveOnly = flagParameter(query, 'active_only') === true
  const isCompletedOnly = flagParameter(query, 'completed_only') === true
  if (isActiveOnly && isCompletedOnly) {
    return invalidParameter('Only one of active_only and completed_only may be true.')
  }
  const type = query.get('run_type')
  if (type !== null && !runTypes.has(type)) return invalidParameter(`Unknown run_type '${type}'.`)
  const from = integerParameter(query, 'start_time_from') ?? -Infinity
  if (isRefusal(from)) return from
  const to = integerParameter(query, 'start_time_to') ?? Infinity
  if (isRefusal(to)) return to
  return (run) =>
    !(isActiveOnly && isEnded(run)) &&
    !(isCompletedOnly && !isEnded(run)) &&
    (type === null || run.type === type) &&
    run.createdAt >= from &&
    run.createdAt <= to
}

function placeIn(token: string): RunQuery['place'] {
  const { time, serial, back } = placeOf(token) ?? {}
  return time === undefined || serial === undefined ? undefined : { time, serial, isBack: back === 1 }
}

/** The page that a query asks for: by the end of the runs, the latest first; one under way counts with its start. */
export function pageOfRuns(runs: readonly Run[], { limit, offset, place }: RunQuery): RunPage {
  const sorted = runs.toSorted((left, right) => inOrder(placeOfRun(left), placeOfRun(right)))
  let from = offset
  if (place !== undefined) {
    const behind = sorted.findIndex((run) => inOrder(placeOfRun(run), place) > 0)
    const border = behind === -1 ? sorted.length : behind
    const here = sorted.findIndex((run) => inOrder(placeOfRun(run), place) >= 0)
    from = place.isBack ? Math.max(0, (here === -1 ? sorted.length : here) - limit) : border
  }
  const page = sorted.slice(from, from + limit)
  const [first] = page
  const last = page.at(-1)
  return {
    runs: page,
    next: last !== undefined && from + limit < sorted.length ? pageToken(placeOfRun(last)) : undefined,
    previous: first !== undefined && from > 0 ? pageToken({ ...placeOfRun(first), back: 1 }) : undefined,
  }
}

interface Place {
  readonly time: number
  readonly serial: number
}

const placeOfRun = ({ endedAt, createdAt, serial }: Run): Place & Record<string, number> => ({
  time: endedAt || createdAt,
  serial,
})

const inOrder = (left: Place, right: Place): number => right.time - left.time || right.serial - left.serial
