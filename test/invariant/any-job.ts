import { anyBody, anyTags, type Secrets } from './any-cluster.ts'
import type { Chance } from './chance.ts'

/** What a job may refer to, and what it has to say. */
export interface JobTerms {
  /** Its name in Databricks, which others may have too. */
  name: string
  /** DatabricksClusters and JobSpecs of the same namespace and workspace. */
  clusters: readonly string[]
  jobs: readonly string[]
  /** Whom it has to run as; absent: it may say so or not. */
  runAs?: object
  mode: 'Any' | 'Shared'
}

const zones = ['UTC', 'Europe/Berlin', 'America/New_York']
const people = ['ana@example.com', 'ben@example.com', 'team@example.com']
const keys = ['extract', 'load', 'check', 'report', 'publish']

/** A job as people write it: one to five tasks of every type, on clusters of its own, of ours, or on none. */
export function anyJob(chance: Chance, secrets: Secrets, terms: JobTerms): Record<string, unknown> {
  const jobClusters = Array.from({ length: chance.between(1, 2) }, (_, index) => ({
    jobClusterKey: index === 0 ? 'main' : 'large',
    newCluster: anyBody(chance, secrets, terms.mode),
  }))
  const names = keys.slice(0, chance.between(1, keys.length))
  const around = { ...terms, jobClusters: jobClusters.map(({ jobClusterKey }) => jobClusterKey), secrets }
  const tasks = names.map((taskKey, index) => ({
    taskKey,
    ...anyWork(chance, around),
    ...anyTaskSettings(chance, names.slice(0, index)),
  }))
  const { runAs } = terms
  return {
    name: terms.name,
    tasks,
    jobClusters,
    ...anySettings(chance, secrets),
    ...(runAs === undefined ? {} : { runAs }),
  }
}

interface Around extends JobTerms {
  jobClusters: readonly string[]
  secrets: Secrets
}

function anySettings(chance: Chance, secrets: Secrets): object {
  return chance.optional({
    description: () => `makes ${chance.text(6)}`,
    tags: () => anyTags(chance),
    schedule: () => ({
      quartzCronExpression: `0 ${chance.below(60)} ${chance.below(24)} * * ?`,
      timezoneId: chance.pick(zones),
      ...(chance.percent(50) ? { pauseStatus: chance.pick(['PAUSED', 'UNPAUSED']) } : {}),
    }),
    maxConcurrentRuns: () => chance.between(2, 9),
    timeoutSeconds: () => chance.between(600, 7_200),
    queue: () => ({ enabled: chance.percent(50) }),
    parameters: () => [
      { name: 'day', default: chance.pick(['today', 'yesterday']) },
      ...(chance.percent(50) ? [{ name: 'api-token', default: secrets.make() }] : []),
    ],
    emailNotifications: () => ({
      onFailure: chance.some(people, chance.between(1, 3)),
      ...(chance.percent(50) ? { onSuccess: chance.some(people, 1) } : {}),
      ...(chance.percent(50) ? { noAlertForSkippedRuns: true } : {}),
    }),
  })
}

function anyTaskSettings(chance: Chance, earlier: readonly string[]): object {
  const dependsOn = chance.some(earlier, chance.below(3)).map((taskKey) => ({ taskKey }))
  return {
    ...(dependsOn.length === 0 ? {} : { dependsOn }),
    ...(dependsOn.length > 0 && chance.percent(50)
      ? { runIf: chance.pick(['ALL_SUCCESS', 'ALL_DONE', 'NONE_FAILED']) }
      : {}),
    ...chance.optional({
      description: () => `does ${chance.text(6)}`,
      timeoutSeconds: () => chance.between(60, 3_600),
      maxRetries: () => chance.between(1, 5),
      minRetryIntervalMillis: () => chance.between(1_000, 60_000),
      retryOnTimeout: () => chance.percent(50),
    }),
  }
}

/** What a task does, and where. */
function anyWork(chance: Chance, around: Around): object {
  const kind = chance.pick(['notebook', 'file', 'wheel', 'sql', 'job'] as const)
  switch (kind) {
    case 'notebook':
      return {
        ...anyNotebook(chance, around.secrets),
        ...(chance.percent(20) ? {} : anyCompute(chance, around)),
      }
    case 'file':
      return {
        sparkPythonTask: {
          pythonFile: `/Shared/${chance.text(5)}.py`,
          ...(chance.percent(50) ? { parameters: ['--day', chance.text(4)] } : {}),
        },
        ...anyCompute(chance, around),
      }
    case 'wheel':
      return { ...anyWheel(chance), ...anyCompute(chance, around) }
    case 'sql':
      return {
        sqlTask: {
          warehouseId: chance.pick(['0a1b2c3d4e5f6071', '8a9b0c1d2e3f4a5b']),
          file: { path: `/Shared/${chance.text(5)}.sql` },
        },
      }
    case 'job':
      return around.jobs.length === 0
        ? anyNotebook(chance, around.secrets)
        : { runJobTask: { jobRef: { name: chance.pick(around.jobs) } } }
    default:
      return kind satisfies never
  }
}

const anyNotebook = (chance: Chance, secrets: Secrets): object => ({
  notebookTask: {
    notebookPath: `/Shared/${chance.text(5)}`,
    ...(chance.percent(50)
      ? {
          baseParameters: {
            day: chance.text(4),
            ...(chance.percent(40) ? { db_password: secrets.make() } : {}),
          },
        }
      : {}),
  },
})

const anyWheel = (chance: Chance): object => ({
  pythonWheelTask: {
    packageName: `etl_${chance.text(4)}`,
    entryPoint: 'main',
    ...(chance.percent(50) ? { namedParameters: { day: chance.text(4) } } : { parameters: [chance.text(4)] }),
  },
  libraries: [
    { whl: `/Volumes/main/bronze/landing/etl-${chance.between(1, 9)}.whl` },
    ...(chance.percent(50) ? [{ pypi: { package: `simplejson==3.19.${chance.below(4)}` } }] : []),
  ],
})

function anyCompute(chance: Chance, { jobClusters, clusters, secrets, mode }: Around): object {
  const kind = chance.pick(['shared', 'shared', 'own', 'ours'] as const)
  if (kind === 'ours' && clusters.length > 0) return { clusterRef: { name: chance.pick(clusters) } }
  return kind === 'own'
    ? { newCluster: anyBody(chance, secrets, mode) }
    : { jobClusterKey: chance.pick(jobClusters) }
}
