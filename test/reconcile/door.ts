import type { Call, CallLane } from '../../src/databricks/call.ts'
import type { Databricks } from '../../src/databricks/client.ts'
import type { JsonObject } from '../../src/databricks/json.ts'
import { workspaceId } from './fixtures.ts'

/** What was called, in short: `POST /api/2.2/jobs/update`, and what went along. */
export interface Called {
  call: string
  body?: JsonObject | undefined
  query?: Call['query']
  effect: Call['effect']
  sentBy?: number
}

/** A Databricks whose answers a test gives; an error that it returns is what the call ends in. */
export function aDoor(answer: (call: Called) => JsonObject | Error = () => ({})): {
  databricks: Databricks
  calls: Called[]
  /** The lane of each call. */
  lanes: (CallLane | undefined)[]
} {
  const calls: Called[] = []
  const lanes: (CallLane | undefined)[] = []
  const databricks: Databricks = {
    host: 'https://dbc-1.cloud.databricks.com',
    workspaceId: () => workspaceId,
    call: ({ method, path, body, query, effect, lane, sentBy }) => {
      const called: Called = {
        call: `${method} ${path}`,
        ...(body === undefined ? {} : { body }),
        ...(query === undefined ? {} : { query }),
        effect,
        ...(sentBy === undefined ? {} : { sentBy }),
      }
      calls.push(called)
      lanes.push(lane)
      const answered = answer(called)
      return answered instanceof Error ? Promise.reject(answered) : Promise.resolve(answered)
    },
  }
  return { databricks, calls, lanes }
}

/** Everything that a listing gives. */
export async function allOf<T>(listing: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const one of listing) all.push(one)
  return all
}
