import { z } from 'zod'

/*
 * Pieces that the shapes of jobs and tasks are made of. What a shape does not name is dropped without a word,
 * as the service does.
 */

/** A text of any length: limits are judged elsewhere. */
export const text = z.string()

/** Texts by name, such as tags and parameters. */
export const texts = z.record(z.string(), z.string())

/** Texts in the order in which they were sent. */
export const list = z.array(z.string())

/** A block of which nobody has recorded the members: kept and given back as it came. */
export const opaque = z.record(z.string(), z.unknown())

/** A 64-bit id, whichever way JSON gave it. */
export const idSchema = z.union([z.bigint(), z.int()]).transform((id) => BigInt(id))

/** Where code is taken from. */
export const source = z.enum(['WORKSPACE', 'GIT']).optional()

/** Everybody or everything that is told something: exactly one of the two in each entry. */
export const subscribers = z.array(z.object({ user_name: text, destination_id: text }).partial())

/**
 * What a run hands to its pipeline tasks, as `pipeline_params`: what to refresh, and of what to forget the state first.
 */
export const pipelineParameters = z
  .object({
    full_refresh: z.boolean(),
    full_refresh_selection: list,
    refresh_selection: list,
    refresh_flow_selection: list,
    reset_checkpoint_selection: list,
  })
  .partial()

/** The older ways to hand parameters to the tasks of one type. */
export const olderParameters = {
  jar_params: list,
  notebook_params: texts,
  python_params: list,
  python_named_params: texts,
  spark_submit_params: list,
  sql_params: texts,
  dbt_commands: list,
}
