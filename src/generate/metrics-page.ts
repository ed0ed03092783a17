import { metricTable } from '../telemetry/metric-table.ts'

/** What deserves a look, and when. */
const alerts = [
  ['lakeward_objects_stalled > 0', 'somebody has to do something; `reason` says what.'],
  ['lakeward_objects_not_ready > 0', 'for half an hour: what was applied has not arrived in Databricks.'],
  ['lakeward_objects_unhealthy > 0', 'a cluster ended for a reason that nobody asked for.'],
  ['lakeward_objects_drifted > 0', 'for longer than two intervals: drift is reported, held or fought over.'],
  ['lakeward_objects_held_age_seconds > 86400', 'a change has waited for a day.'],
  ['sum(lakeward_leader) < 1', 'for a minute: nobody works.'],
] as const

/** The page about all metrics, from their table. */
export function metricsPage(header: string): string {
  const rows = Object.entries(metricTable).map(
    ([name, { type, labels, meaning }]) =>
      `| \`${name}\` | ${type} | ${labels.map((label) => `\`${label}\``).join(', ')} | ${meaning} |`,
  )
  return `<!--${header} -->

# Metrics

The operator serves them at \`/metrics\` on \`--health-port\`, in the text format of Prometheus. In a cluster that is port 8080 of every pod, and \`metrics\` among the [values of the chart](../charts/lakeward/README.md#values) says how a Prometheus finds them. No label names a single job, cluster or grant: kinds, workspaces, lanes and calls stay few, whatever the size of the fleet.

\`workspace\` is the id of a Databricks workspace, or its host as long as the id is not known. \`manifest\` is \`namespace/name\` of a DatabricksWorkspace, \`none\` for objects that refer to one which does not exist. \`lane\` is why something is done now: \`edit\` (somebody changed the manifest), \`retry\`, \`dependency\` (what it waited for is there), \`sweep\` (the pages of a whole listing), \`background\`.

| name | type | labels | meaning |
|---|---|---|---|
${rows.join('\n')}

## What to alert on

${alerts.map(([expression, meaning]) => `- \`${expression}\`: ${meaning}`).join('\n')}
`
}
