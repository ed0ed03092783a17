import type { Databricks } from './client.ts'

/**
 * The same Databricks; a create that is not on the wire by a moment (monotonic) is not sent any more. Whoever wonders
 * later what became of it counts from when it was recorded, and must not be overtaken by it.
 */
export const createsSentBy = (databricks: Databricks, moment: number): Databricks => ({
  host: databricks.host,
  workspaceId: () => databricks.workspaceId(),
  call: (call) => databricks.call(call.effect === 'create' ? { ...call, sentBy: moment } : call),
})
