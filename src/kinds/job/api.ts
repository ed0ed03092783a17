import type { Databricks } from '../../databricks/client.ts'
import { DatabricksError } from '../../databricks/errors.ts'
import { isObject, type Json, type JsonObject } from '../../databricks/json.ts'
import { mergePages } from '../../databricks/merge-pages.ts'
import { pages } from '../../databricks/pages.ts'
import type { Listed, Shown } from '../kind.ts'
import type { Mark } from '../../reconcile/mark.ts'
import { markIn } from '../tag-mark.ts'

/** A job's id on the wire: a bare number that may exceed what a JavaScript number holds. */
const wireId = (id: string): bigint => BigInt(id)

/** More pages of 100 than a workspace may have jobs. */
const mostPages = 1_000

/** The arrays of a job that come a hundred at a time. */
const pagedArrays = ['tasks', 'job_clusters', 'environments', 'parameters'].map((name) => ['settings', name])

/**
 * The whole job, all pages of it; undefined when it does not exist.
 * https://docs.databricks.com/api/workspace/jobs/get
 */
export async function getJob(databricks: Databricks, id: string): Promise<JsonObject | undefined> {
  try {
    return await mergePages(
      databricks,
      { method: 'GET', path: '/api/2.2/jobs/get', query: { job_id: id }, effect: 'read' },
      pagedArrays,
    )
  } catch (error) {
    if (error instanceof DatabricksError && error.kind === 'Missing') return undefined
    throw error
  }
}

/** https://docs.databricks.com/api/workspace/jobs/list */
const listCall = { method: 'GET', path: '/api/2.2/jobs/list', query: { limit: 100 }, effect: 'read' } as const

/**
 * Every job of the workspace with its first hundred tasks, page by page; `has_more` marks what is cut.
 * Many times as long as without the tasks, so it is not what a search reads.
 */
export async function* expandedJobs(databricks: Databricks): AsyncGenerator<Shown[]> {
  const call = { ...listCall, query: { ...listCall.query, expand_tasks: true } }
  for await (const page of pages(databricks, call, { items: 'jobs', most: mostPages }))
    yield page.map((item) => ({ id: textOf(item['job_id']), item }))
}

/** Every job of the workspace. */
export async function* listJobs(databricks: Databricks, markKey: Mark['key']): AsyncGenerator<Listed> {
  for await (const page of pages(databricks, listCall, { items: 'jobs', most: mostPages })) {
    for (const job of page) {
      const settings = isObject(job['settings']) ? job['settings'] : {}
      const mark = markIn(settings['tags'], markKey)
      const createdAt = job['created_time']
      yield {
        id: textOf(job['job_id']),
        name: textOf(settings['name']),
        ...(typeof job['creator_user_name'] === 'string' ? { creator: job['creator_user_name'] } : {}),
        ...(typeof createdAt === 'number' ? { createdAt } : {}),
        ...(mark === undefined ? {} : { mark }),
      }
    }
  }
}

/** Creates a job; returns its id. https://docs.databricks.com/api/workspace/jobs/create */
export async function createJob(databricks: Databricks, settings: JsonObject): Promise<string> {
  const answer = await databricks.call({
    method: 'POST',
    path: '/api/2.2/jobs/create',
    body: settings,
    effect: 'create',
  })
  return textOf(answer['job_id'])
}

/**
 * Changes top-level settings, single tasks and single job clusters, and leaves every other one.
 * https://docs.databricks.com/api/workspace/jobs/update
 */
export async function updateJob(
  databricks: Databricks,
  id: string,
  change: { settings: JsonObject; remove: string[] },
): Promise<void> {
  await databricks.call({
    method: 'POST',
    path: '/api/2.2/jobs/update',
    body: {
      job_id: wireId(id),
      new_settings: change.settings,
      ...(change.remove.length === 0 ? {} : { fields_to_remove: change.remove }),
    },
    effect: 'idempotent',
  })
}

/** Deletes a job; one that is gone already is success. https://docs.databricks.com/api/workspace/jobs/delete */
export async function deleteJob(databricks: Databricks, id: string): Promise<void> {
  try {
    await databricks.call({
      method: 'POST',
      path: '/api/2.2/jobs/delete',
      body: { job_id: wireId(id) },
      effect: 'idempotent',
    })
  } catch (error) {
    if (!(error instanceof DatabricksError && error.kind === 'Missing')) throw error
  }
}

const textOf = (value: Json | undefined): string =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint' ? String(value) : ''
