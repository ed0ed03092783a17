import { isObject, type Json, type JsonObject } from '../../databricks/json.ts'
import type { Subject } from '../kind.ts'
import { markIn, withMark } from '../tag-mark.ts'
import { getJob, updateJob } from './api.ts'
import type { JobSpecSpec } from './schema.ts'

/** The settings by which a job starts by itself: one each, but for the last, which is a list of them. */
const starters = ['schedule', 'trigger', 'continuous', 'triggers']

/**
 * Pauses whatever starts the job by itself, and nothing else: it keeps its history, and its mark, which is put back
 * if somebody took it from a job that we made, because without it a manifest that comes back would make another job.
 */
export async function retire(
  { session: { databricks }, status, mark }: Subject<JobSpecSpec>,
  id: string,
): Promise<void> {
  const answer = await getJob(databricks, id)
  const settings = answer?.['settings']
  if (!isObject(settings)) return
  const isOurs = status.origin !== 'Adopted' && mark.key !== undefined
  const lacksMark = isOurs && markIn(settings['tags'], mark.key) === undefined
  const change = {
    ...pausesOf(settings),
    ...(lacksMark ? withMark('tags', settings['tags'], mark) : {}),
  }
  if (Object.keys(change).length > 0) await updateJob(databricks, id, { settings: change, remove: [] })
}

/** Those of the settings that start the job and are not paused, as they are when paused. */
export const pausesOf = (settings: JsonObject): JsonObject =>
  Object.fromEntries(
    starters.flatMap((name) => {
      const starter = settings[name]
      return starter === undefined || starter === null || isPaused(starter) ? [] : [[name, paused(starter)]]
    }),
  )

const isPaused = (starter: Json): boolean =>
  Array.isArray(starter) ? starter.every(isPaused) : isObject(starter) && starter['pause_status'] === 'PAUSED'

const paused = (starter: Json): Json => {
  if (Array.isArray(starter)) return starter.map(paused)
  return isObject(starter) ? { ...starter, pause_status: 'PAUSED' } : starter
}
