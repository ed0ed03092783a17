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

/**
 * The page that a query asks for, of jobs given newest first. A token holds the place between two jobs and
 * not a count, so that a job deleted between two pages does not hide another one.
 */
export function pageOfJobs(
  jobs: readonly Job[],
  query: URLSearchParams,
  namelessJob: string,
): JobPage | Refusal {
  const limit = integerParameter(query, 'limit') ?? usualPage
  if (isRefusal(limit)) return limit
  if (limit < 1 || limit > largestPage)
    return invalidParameter(`limit must be between 1 and ${largestPage}, not ${limit}.`)
  const token = query.get('page_token') ?? ''
  const { before, after } = (token === '' ? {} : placeOf(token)) ?? { before: NaN }
  if (Number.isNaN(before)) return invalidParameter(`Invalid page token: ${token}`)
  const name = query.get('name')?.toLowerCase()
  const found = jobs.filter(
    ({ settings }) => name === undefined || (settings.name ?? namelessJob).toLowerCase() === name,
  )
  const page =
    after === undefined
      ? found.filter(({ serial }) => before === undefined || serial < before).slice(0, limit)
      : found.filter(({ serial }) => serial > after).slice(-limit)
  const [first] = page
  const last = page.at(-1)
  return {
    jobs: page,
    next: last !== undefined && found.at(-1) !== last ? pageToken({ before: last.serial }) : undefined,
    previous: first !== undefined && found[0] !== first ? pageToken({ after: first.serial }) : undefined,
  }
}
