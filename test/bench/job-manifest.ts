/** The manifests of one namespace of the benchmark. */

const teams = ['orders', 'customers', 'billing', 'logistics', 'marketing'] as const

/** A job as teams write it: two tasks on a job cluster, a schedule, tags; about 1.5 KB. */
export function jobManifest(namespace: string, index: number) {
  const team = teams[index % teams.length]
  const name = `${team}-${String(index).padStart(4, '0')}`
  return {
    apiVersion: 'lakeward.dev/v1beta1',
    kind: 'JobSpec',
    metadata: { name, namespace, labels: { team } },
    spec: {
      name,
      description: `Loads yesterday's ${team} from the landing volume into silver and refreshes the daily figures`,
      tags: { team, 'cost-center': String(4000 + (index % 17)), stage: 'production' },
      schedule: {
        quartzCronExpression: `0 ${index % 60} ${index % 24} * * ?`,
        timezoneId: 'Europe/Berlin',
        pauseStatus: 'UNPAUSED',
      },
      maxConcurrentRuns: 1,
      timeoutSeconds: 14_400,
      emailNotifications: { onFailure: [`${team}-oncall@example.com`] },
      parameters: [{ name: 'day', default: '{{job.start_time.iso_date}}' }],
      jobClusters: [
        {
          jobClusterKey: 'main',
          newCluster: {
            sparkVersion: '15.4.x-scala2.12',
            nodeTypeId: 'm5d.large',
            autoscale: { minWorkers: 1, maxWorkers: 2 + (index % 6) },
            sparkConf: { 'spark.sql.shuffle.partitions': '200' },
            customTags: { team },
          },
        },
      ],
      tasks: [
        {
          taskKey: 'extract',
          jobClusterKey: 'main',
          notebookTask: {
            notebookPath: `/Shared/${team}/extract`,
            baseParameters: { source: `/Volumes/main/bronze/landing/${team}`, day: '{{job.parameters.day}}' },
          },
          maxRetries: 2,
          minRetryIntervalMillis: 60_000,
          timeoutSeconds: 7_200,
        },
        {
          taskKey: 'load',
          dependsOn: [{ taskKey: 'extract' }],
          jobClusterKey: 'main',
          sparkPythonTask: {
            pythonFile: `/Workspace/Shared/${team}/load.py`,
            parameters: ['--table', `main.silver.${team}`, '--mode', 'merge'],
          },
          libraries: [{ pypi: { package: 'pyarrow==17.0.0' } }],
          maxRetries: 1,
        },
      ],
    },
  }
}

/** A job of five tasks more, each in words of its own; about 3 KB. */
export function longJobManifest(namespace: string, index: number) {
  const { spec, ...manifest } = jobManifest(namespace, index)
  const { team } = spec.tags
  const steps = ['validate', 'enrich', 'aggregate', 'publish', 'report'].map((taskKey) => ({
    taskKey,
    dependsOn: [{ taskKey: 'load' }],
    jobClusterKey: 'main',
    notebookTask: {
      notebookPath: `/Shared/${team}/${taskKey}`,
      baseParameters: {
        source: `main.silver.${team}_${index}`,
        target: `main.gold.${team}_${taskKey}_${index}`,
        day: '{{job.parameters.day}}',
      },
    },
    maxRetries: 1,
    timeoutSeconds: 3_600,
  }))
  return { ...manifest, spec: { ...spec, tasks: [...spec.tasks, ...steps] } }
}

/** A workspace named `default` with its Secret. */
export function workspaceManifests(
  namespace: string,
  { host, token, interval }: { host: string; token: string; interval?: string | undefined },
) {
  return [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'databricks', namespace },
      stringData: { token },
    },
    {
      apiVersion: 'lakeward.dev/v1beta1',
      kind: 'DatabricksWorkspace',
      metadata: { name: 'default', namespace },
      spec: {
        host,
        ...(interval === undefined ? {} : { interval }),
        credentials: { personalAccessToken: { secretKeyRef: { name: 'databricks', key: 'token' } } },
        // More than it can use: what is measured is the operator, not the waiting for turns.
        budget: { requestsPerSecond: 1_000 },
      },
    },
  ]
}
