import type { Databricks } from '../../databricks/client.ts'
import { isObject, type Json, type JsonObject } from '../../databricks/json.ts'
import type { WireEdit } from '../wire-edit.ts'
import { getJob, updateJob } from './api.ts'

/**
 * Takes away the parameters that an update did not name. Whether it has done so by itself is not confirmed: parameters
 * may be merged by name, as tasks are by key. Then all of them go, and those that stay are set in the same call.
 */
export async function dropParameters(
  databricks: Databricks,
  id: string,
  { before, after }: Pick<WireEdit, 'before' | 'after'>,
): Promise<void> {
  const { parameters } = after
  const kept = namesIn(parameters)
  const gone = [...namesIn(before['parameters'])].filter((name) => !kept.has(name))
  if (parameters === undefined || gone.length === 0) return
  const answer = await getJob(databricks, id)
  const left = namesIn(settingsOf(answer)['parameters'])
  if (gone.some((name) => left.has(name)))
    await updateJob(databricks, id, { settings: { parameters }, remove: ['parameters'] })
}

const settingsOf = (answer: JsonObject | undefined): JsonObject => {
  const settings = answer?.['settings']
  return isObject(settings) ? settings : {}
}

const namesIn = (list: Json | undefined): ReadonlySet<Json | undefined> =>
  new Set(Array.isArray(list) ? list.filter(isObject).map(({ name }) => name) : [])
