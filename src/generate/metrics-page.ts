import { metricTable } from '../telemetry/metric-table.ts'

/** The page about all metrics, from their table. */
export function metricsPage(header: string): string {
  const rows = Object.entries(metricTable).map(
    ([name, { type, labels, meaning }]) =>
      `| \`${name}\` | ${type} | ${labels.map((label) => `\`${label}\``).join(', ')} | ${meaning} |`,
  )
  return `<!--${header} -->

# Metrics

The operator serves them at \`/metrics\` on \`--health-port\`, in the text format of Prometheus. No label names a single job, cluster or grant: kinds, workspaces, lanes and calls stay few, whatever the size of the fleet.

\`workspace\` is the id of a Databricks workspace, or its host as long as the id is not known. \`manifest\` is \`namespace/name\` of a DatabricksWorkspace, \`none\` for objects that refer to one which does not exist. \`lane\` is why something is done now: \`edit\` (somebody changed the manifest), \`retry\`, \`dependency\` (what it waited for is there), \`sweep\` (the pages of a whole listing), \`background\`.

| name | type | labels | meaning |
|---|---|---|---|
${rows.join('\n')}
`
}
