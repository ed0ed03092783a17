import type { CallLane } from './call.ts'
import type { Databricks } from './client.ts'

/** The same Databricks; calls that name no lane of their own are made in this one. Costs next to nothing. */
export const inLane = (databricks: Databricks, lane: CallLane): Databricks => ({
  host: databricks.host,
  workspaceId: () => databricks.workspaceId(),
  call: (call) => databricks.call({ lane, ...call }),
})
