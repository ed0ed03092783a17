import type { Json, JsonObject } from '../../src/databricks/json.ts'
import type { Secrets } from './any-cluster.ts'
import type { Arena } from './arena.ts'
import type { Hand } from './hand.ts'
import type { Entry } from './pool.ts'

/*
 * What somebody may have done to a remote object who wants a status, or an operator, to burst: as much of everything
 * as Databricks takes.
 */

const longText = (length: number, secrets: Secrets): string => `${secrets.make()} ${'ö'.repeat(length)}`

const entries = (count: number, length: number, secrets: Secrets): JsonObject =>
  Object.fromEntries(
    Array.from({ length: count }, (_, index) => [`by.hand.${index}`, longText(length, secrets)]),
  )

const task = (index: number, secrets: Secrets): JsonObject => ({
  task_key: `by-hand-${index}-${'x'.repeat(80)}`,
  notebook_task: { notebook_path: '/Shared/by-hand', base_parameters: entries(3, 100, secrets) },
})

/** Makes a remote object as large as it can be. */
export async function inflate(arena: Arena, hand: Hand, entry: Entry): Promise<void> {
  const settings = await hand.settings(entry)
  await hand.put(entry, {
    ...settings,
    ...(entry.kind === 'JobSpec' ? hugeJob(settings, arena.secrets) : hugeCluster(settings, arena.secrets)),
  })
}

function hugeJob({ tasks, tags }: JsonObject, secrets: Secrets): Record<string, Json> {
  const own = Array.isArray(tasks) ? tasks : []
  return {
    description: 'ö'.repeat(20_000),
    tasks: [...own, ...Array.from({ length: 200 }, (_, index) => task(index, secrets))],
    tags: {
      ...(tags as JsonObject),
      ...Object.fromEntries(Array.from({ length: 15 }, (_, index) => [`tag-${index}`, 'x'.repeat(200)])),
    },
    parameters: Array.from({ length: 100 }, (_, index) => ({
      name: `by-hand-${index}`,
      default: longText(1_000, secrets),
    })),
  }
}

const hugeCluster = (
  { spark_conf, spark_env_vars, custom_tags }: JsonObject,
  secrets: Secrets,
): Record<string, Json> => ({
  // Whatever else the manifest leaves unsaid, this it says: without it nothing of all this might be drift.
  cluster_name: 'by hand',
  custom_tags: { ...(custom_tags as JsonObject), 'by-hand': 'x'.repeat(200) },
  spark_conf: { ...(spark_conf as JsonObject), ...entries(300, 2_000, secrets) },
  spark_env_vars: { ...(spark_env_vars as JsonObject), ...entries(300, 200, secrets) },
})
