import { formatJson, isObject, type Json, type JsonObject } from '../../databricks/json.ts'
import type { WireEdit } from '../wire-edit.ts'

/** Arrays that jobs/update merges by key; an entry with a known key is replaced whole. */
const merged: Record<string, string> = { tasks: 'task_key', job_clusters: 'job_cluster_key' }

/** What comes in the place of a setting that goes, where a job without it is not as a new one is: runs wait in the queue. */
const usual: JsonObject = { queue: { enabled: true } }

/**
 * The smallest jobs/update that turns one body into the other: changed top-level settings whole, of tasks and
 * job clusters only the changed ones, and by name what is to go.
 */
export function updateOf({ before, after, changed }: WireEdit): { settings: JsonObject; remove: string[] } {
  const settings: JsonObject = {}
  const remove: string[] = []
  for (const name of changed) {
    const key = merged[name]
    const value = after[name]
    if (key !== undefined) {
      const entries = changedEntries(before[name], value, key)
      if (entries.put.length > 0) settings[name] = entries.put
      remove.push(...entries.gone.map((entry) => `${name}/${entry}`))
    } else if (value !== undefined) settings[name] = value
    else if (usual[name] !== undefined) settings[name] = usual[name]
    else remove.push(name)
  }
  return { settings, remove }
}

function changedEntries(before: Json | undefined, after: Json | undefined, key: string) {
  const was = byKey(before, key)
  const is = byKey(after, key)
  return {
    put: [...is].flatMap(([name, entry]) => (formatJson(was.get(name)) === formatJson(entry) ? [] : [entry])),
    gone: [...was.keys()].filter((name) => !is.has(name)),
  }
}

function byKey(list: Json | undefined, key: string): Map<string, JsonObject> {
  const entries = Array.isArray(list) ? list.filter(isObject) : []
  return new Map(
    entries.flatMap((entry) => (typeof entry[key] === 'string' ? [[entry[key], entry] as const] : [])),
  )
}
