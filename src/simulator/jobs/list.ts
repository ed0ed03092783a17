import { integerParameter } from '../http/query.ts'
import { invalidParameter, isRefusal, type Refusal } from '../http/refusal.ts'
import { pageToken, placeOf } from '../page-token.ts'
import type { Job } from './job.ts'

const usualPage = 20
const largestPage = 100

/** One page of jobs/list. */
export interface JobPage {
  readonly jobs: readonly Job[]
  readonly next: string | undefined
  readonly previous: string | undefined
}

/** All jobs, the oldest first, and which of them a list may show. */
export interface Shelf {
  readonly jobs: readonly Job[]
  readonly isShown: (job: Job) => boolean
}

/**
 * The page that a query asks for, newest first. A token holds the place between two jobs and not a count, so
 * that a job deleted between two pages does not hide another one. Only the jobs around that place are looked
 * at: a page costs the same however many there are.
 */
export function pageOfJobs(shelf: Shelf, query: URLSearchParams): JobPage | Refusal {
  const limit = integerParameter(query, 'limit') ?? usualPage
  if (isRefusal(limit)) return limit
  if (limit < 1 || limit > largestPage)
    return invalidParameter(`limit must be between 1 and ${largestPage}, not ${limit}.`)
  const offset = integerParameter(query, 'offset') ?? 0
  if (isRefusal(offset)) return offset
  if (offset < 0) return invalidParameter('offset must not be negative.')
  const token = query.get('page_token') ?? ''
  const place = token === '' ? {} : placeOf(token)
  if (place === undefined) return invalidParameter(`Invalid page token: ${token}`)
  const { before, after } = place
  return after === undefined
    ? pageBelow(shelf, { place: before, offset: token === '' ? offset : 0 }, limit)
    : pageAbove(shelf, after, limit)
}

/** The jobs older than a place; without a place, from the newest on. */
function pageBelow(
  shelf: Shelf,
  { place = Infinity, offset }: { place: number | undefined; offset: number },
  limit: number,
): JobPage {
  return pageWith(shelf, older(shelf, place).drop(offset).take(limit).toArray())
}

/** The jobs newer than a place, those nearest to it. */
const pageAbove = (shelf: Shelf, place: number, limit: number): JobPage =>
  pageWith(shelf, newer(shelf, place).take(limit).toArray().toReversed())

function pageWith(shelf: Shelf, jobs: readonly Job[]): JobPage {
  const [first] = jobs
  const last = jobs.at(-1)
  const isEnd = last === undefined || older(shelf, last.serial).next().done === true
  const isStart = first === undefined || newer(shelf, first.serial).next().done === true
  return {
    jobs,
    next: isEnd ? undefined : pageToken({ before: last.serial }),
    previous: isStart ? undefined : pageToken({ after: first.serial }),
  }
}

function* older({ jobs, isShown }: Shelf, place: number): IteratorObject<Job, undefined> {
  for (let index = countBelow(jobs, place) - 1; index >= 0; index -= 1) {
    const job = jobs[index]
    if (job !== undefined && isShown(job)) yield job
  }
}

function* newer({ jobs, isShown }: Shelf, place: number): IteratorObject<Job, undefined> {
  for (let index = countBelow(jobs, place + 1); index < jobs.length; index += 1) {
    const job = jobs[index]
    if (job !== undefined && isShown(job)) yield job
  }
}

/** How many jobs have a serial below this one; serials grow along the list. */
function countBelow(jobs: readonly Job[], serial: number): number {
  let low = 0
  let high = jobs.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((jobs[middle]?.serial ?? Infinity) < serial) low = middle + 1
    else high = middle
  }
  return low
}
