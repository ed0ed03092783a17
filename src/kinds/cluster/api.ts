import type { Databricks } from '../../databricks/client.ts'
import { DatabricksError } from '../../databricks/errors.ts'
import { isObject, type Json, type JsonObject } from '../../databricks/json.ts'
import { path } from '../../databricks/path.ts'
import { pages } from '../../databricks/pages.ts'
import type { Listed, Shown } from '../kind.ts'
import type { Mark } from '../../reconcile/mark.ts'
import { markIn } from '../tag-mark.ts'

/** More pages of 100 than a workspace keeps all-purpose clusters. */
const mostPages = 1_000

/** A cluster, or why there is none: `purged` when Databricks forgot it after thirty days without use. */
export type ReadCluster = { is: 'Found'; details: JsonObject } | { is: 'Missing'; purged: boolean }

/** https://docs.databricks.com/api/workspace/clusters/get */
export async function getCluster(databricks: Databricks, id: string): Promise<ReadCluster> {
  try {
    const details = await databricks.call({
      method: 'GET',
      path: '/api/2.1/clusters/get',
      query: { cluster_id: id },
      effect: 'read',
    })
    return { is: 'Found', details }
  } catch (error) {
    if (!isMissing(error)) throw error
    return { is: 'Missing', purged: error.code === 'INVALID_STATE' }
  }
}

/**
 * Every all-purpose cluster, page by page. Without the filter the list has the job clusters of the last thirty
 * days too, thousands of them. https://docs.databricks.com/api/workspace/clusters/list
 */
export async function* shownClusters(databricks: Databricks): AsyncGenerator<Shown[]> {
  const call = {
    method: 'GET',
    path: '/api/2.1/clusters/list',
    query: { 'filter_by.cluster_sources': ['API', 'UI'], page_size: 100 },
    effect: 'read',
  } as const
  for await (const page of pages(databricks, call, { items: 'clusters', most: mostPages }))
    yield page.map((item) => ({ id: textOf(item['cluster_id']), item }))
}

/** Every all-purpose cluster. */
export async function* listClusters(databricks: Databricks, markKey: Mark['key']): AsyncGenerator<Listed> {
  for await (const page of shownClusters(databricks)) {
    for (const { id, item } of page) {
      const mark = markIn(item['custom_tags'], markKey)
      // When the request to create it was received; a restart does not change it.
      const createdAt = item['start_time']
      const creator = item['creator_user_name']
      yield {
        id,
        name: textOf(item['cluster_name']),
        ...(typeof creator === 'string' ? { creator } : {}),
        ...(typeof createdAt === 'number' ? { createdAt } : {}),
        ...(mark === undefined ? {} : { mark }),
      }
    }
  }
}

/** Creates a cluster, which starts it; returns its id. https://docs.databricks.com/api/workspace/clusters/create */
export async function createCluster(databricks: Databricks, body: JsonObject): Promise<string> {
  const answer = await databricks.call({
    method: 'POST',
    path: '/api/2.1/clusters/create',
    body,
    effect: 'create',
  })
  return textOf(answer['cluster_id'])
}

/** Changes the size of a running cluster without a restart. https://docs.databricks.com/api/workspace/clusters/resize */
export async function resizeCluster(databricks: Databricks, id: string, size: JsonObject): Promise<void> {
  await post(databricks, 'resize', { cluster_id: id, ...size })
}

/**
 * Changes the named settings and leaves the others; a name in the mask that the body lacks is cleared.
 * Restarts a running cluster. https://docs.databricks.com/api/workspace/clusters/update
 */
export async function updateCluster(
  databricks: Databricks,
  id: string,
  { mask, body }: { mask: readonly string[]; body: JsonObject },
): Promise<void> {
  await post(databricks, 'update', { cluster_id: id, update_mask: mask.join(','), cluster: body })
}

/**
 * Replaces all settings: what the body lacks returns to its default. Restarts a running cluster.
 * https://docs.databricks.com/api/workspace/clusters/edit
 */
export async function editCluster(databricks: Databricks, id: string, body: JsonObject): Promise<void> {
  await post(databricks, 'edit', { cluster_id: id, ...body })
}

/**
 * Removes a cluster for good; one that is gone already is success. A pinned one is refused, and unpinned first.
 * https://docs.databricks.com/api/workspace/clusters/permanentdelete
 */
export async function removeCluster(databricks: Databricks, id: string): Promise<void> {
  try {
    await post(databricks, 'permanent-delete', { cluster_id: id })
  } catch (error) {
    if (isMissing(error)) return
    if (!(error instanceof DatabricksError && error.kind === 'Invalid')) throw error
    await post(databricks, 'unpin', { cluster_id: id })
    await post(databricks, 'permanent-delete', { cluster_id: id })
  }
}

/** Gives permissions and leaves those of others. https://docs.databricks.com/api/workspace/permissions/update */
export async function shareCluster(databricks: Databricks, id: string, entries: JsonObject[]): Promise<void> {
  await databricks.call({
    method: 'PATCH',
    path: path`/api/2.0/permissions/clusters/${id}`,
    body: { access_control_list: entries },
    effect: 'idempotent',
  })
}

/** Who edited the cluster last; undefined when nobody did or the event expired. https://docs.databricks.com/api/workspace/clusters/events */
export async function lastEditor(databricks: Databricks, id: string): Promise<string | undefined> {
  const answer = await databricks.call({
    method: 'POST',
    path: '/api/2.1/clusters/events',
    body: { cluster_id: id, event_types: ['EDITED', 'RESIZING'], order: 'DESC', page_size: 1 },
    effect: 'read',
  })
  const [event] = Array.isArray(answer['events']) ? answer['events'].filter(isObject) : []
  const details = isObject(event?.['details']) ? event['details'] : {}
  return typeof details['user'] === 'string' ? details['user'] : undefined
}

const post = (databricks: Databricks, verb: string, body: JsonObject): Promise<JsonObject> =>
  databricks.call({ method: 'POST', path: `/api/2.1/clusters/${verb}`, body, effect: 'idempotent' })

const isMissing = (error: unknown): error is DatabricksError =>
  error instanceof DatabricksError && error.kind === 'Missing'

const textOf = (value: Json | undefined): string => (typeof value === 'string' ? value : '')
