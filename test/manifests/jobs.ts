import { entries, longText, numbered, type Refusal, type Row } from './row.ts'

const notebook = { taskKey: 'extract', notebookTask: { notebookPath: '/Shared/extract' } }
const newCluster = { sparkVersion: '15.4.x-scala2.12', nodeTypeId: 'm5d.large', numWorkers: 2 }
const jobClusters = [{ jobClusterKey: 'main', newCluster }]

const good = (name: string, spec: object): Row => ({
  name,
  kind: 'JobSpec',
  spec: { name: 'nightly', ...spec },
})
const bad = (name: string, spec: object, refused: Refusal): Row => ({ ...good(name, spec), refused })
const goodTask = (name: string, task: object): Row => good(name, { tasks: [{ taskKey: 'a', ...task }] })
const badTask = (name: string, task: object, refused: Refusal): Row => ({ ...goodTask(name, task), refused })

const settings: readonly Row[] = [
  good('a name alone', {}),
  bad('a job without a name', { name: undefined }, { at: 'spec.name' }),
  bad('an empty name', { name: '' }, { at: 'spec.name' }),
  bad('a description too long', { description: longText(27_701) }, { at: 'spec.description' }),
  good('a description as long as it may be', { description: longText(27_700) }),
  good('24 tags', { tags: entries(24) }),
  bad('25 tags, one too many beside our mark', { tags: entries(25) }, { at: 'spec.tags' }),
  bad(
    'a forged mark',
    { tags: { 'lakeward-owner': 'me' } },
    { at: 'spec.tags', says: 'written by Lakeward itself' },
  ),
  good('a schedule', { schedule: { quartzCronExpression: '0 0 2 * * ?', timezoneId: 'UTC' } }),
  bad(
    'a schedule without a time zone',
    { schedule: { quartzCronExpression: '0 0 2 * * ?' } },
    { at: 'spec.schedule.timezoneId' },
  ),
  bad(
    'a pause in lower case',
    { schedule: { quartzCronExpression: '0 0 2 * * ?', timezoneId: 'UTC', pauseStatus: 'paused' } },
    { at: 'spec.schedule.pauseStatus' },
  ),
  good('no runs at all', { maxConcurrentRuns: 0 }),
  bad('too many runs at one time', { maxConcurrentRuns: 1001 }, { at: 'spec.maxConcurrentRuns' }),
  bad('a timeout beyond 32 bits', { timeoutSeconds: 2_147_483_648 }, { at: 'spec.timeoutSeconds' }),
  good('the longest timeout', { timeoutSeconds: 2_147_483_647 }),
  good('no queue', { queue: { enabled: false } }),
  bad('a queue that says nothing', { queue: {} }, { at: 'spec.queue.enabled' }),
  good('parameters', {
    parameters: [
      { name: 'day', default: '' },
      { name: 'stage', default: 'prod' },
    ],
  }),
  bad(
    'a parameter without a default',
    { parameters: [{ name: 'day' }] },
    { at: 'spec.parameters[0].default' },
  ),
  bad(
    'a parameter twice',
    {
      parameters: [
        { name: 'day', default: '1' },
        { name: 'day', default: '2' },
      ],
    },
    { at: 'spec.parameters[1]', says: 'Duplicate value' },
  ),
  good('notifications', {
    emailNotifications: {
      onStart: ['ana@example.com'],
      onFailure: ['ana@example.com', 'ben@example.com'],
      onDurationWarningThresholdExceeded: [],
      noAlertForSkippedRuns: true,
    },
  }),
  bad(
    'an address twice',
    { emailNotifications: { onFailure: ['ana@example.com', 'ana@example.com'] } },
    { at: 'spec.emailNotifications.onFailure[1]', says: 'Duplicate value' },
  ),
  good('a service principal to run as', {
    runAs: { servicePrincipalName: '3f0c1a52-8d2e-4e55-9a77-0b1c2d3e4f50' },
  }),
  good('a group to run as', { runAs: { groupName: 'data engineers' } }),
  bad('nobody to run as', { runAs: {} }, { at: 'spec.runAs', says: 'exactly one of' }),
  bad(
    'two to run as',
    { runAs: { userName: 'ana@example.com', groupName: 'data engineers' } },
    { at: 'spec.runAs', says: 'exactly one of' },
  ),
  good('a job that is protected, and retired in the end', {
    management: { protect: true, deletionPolicy: 'Retire' },
  }),
  bad(
    'a deletion policy that does not exist',
    { management: { deletionPolicy: 'Archive' } },
    { at: 'spec.management.deletionPolicy' },
  ),
  good('an adopted job', { management: { externalId: '901234567890123457' } }),
  good('the largest job id', { management: { externalId: '9223372036854775807' } }),
  bad(
    'a job id beyond 64 bits',
    { management: { externalId: '9223372036854775808' } },
    { at: 'spec.management.externalId', says: 'must be at most 9223372036854775807' },
  ),
  bad('a job id that is a number', { management: { externalId: 123 } }, { at: 'spec.management.externalId' }),
  bad('a job id of letters', { management: { externalId: 'abc' } }, { at: 'spec.management.externalId' }),
  bad('a misspelled field', { task: [] }, { at: 'spec.task', says: 'unknown field' }),
]

const tasks: readonly Row[] = [
  good('a notebook', { tasks: [notebook] }),
  bad('an empty list of tasks', { tasks: [] }, { at: 'spec.tasks' }),
  bad(
    'a task without a key',
    { tasks: [{ notebookTask: { notebookPath: '/a' } }] },
    { at: 'spec.tasks[0].taskKey' },
  ),
  bad('a key with a blank', { tasks: [{ ...notebook, taskKey: 'a b' }] }, { at: 'spec.tasks[0].taskKey' }),
  bad('a key twice', { tasks: [notebook, notebook] }, { at: 'spec.tasks[1]', says: 'Duplicate value' }),
  bad(
    'a task without a type',
    { tasks: [notebook, { taskKey: 'b' }] },
    {
      at: 'spec.tasks[1]',
      says: 'exactly one of notebookTask',
    },
  ),
  badTask(
    'a task with two types',
    { notebookTask: { notebookPath: '/a' }, sparkPythonTask: { pythonFile: '/b' } },
    { at: 'spec.tasks[0]', says: 'exactly one of notebookTask' },
  ),
  badTask(
    'a misspelled type',
    { notebokTask: { notebookPath: '/a' } },
    {
      at: 'spec.tasks[0].notebokTask',
      says: 'unknown field',
    },
  ),
  badTask(
    'a notebook without a path',
    { notebookTask: {} },
    { at: 'spec.tasks[0].notebookTask.notebookPath' },
  ),
  goodTask('a notebook with parameters whose keys are not ours', {
    notebookTask: {
      notebookPath: '/a',
      baseParameters: { run_date: '1', runDate: '2' },
      source: 'WORKSPACE',
    },
  }),
  goodTask('a Python file', { sparkPythonTask: { pythonFile: '/a.py', parameters: ['--day', ''] } }),
  goodTask('a Python wheel', {
    pythonWheelTask: { packageName: 'etl', entryPoint: 'main', namedParameters: { day: '1' } },
    libraries: [{ whl: '/Volumes/main/a/b/etl.whl' }, { pypi: { package: 'simplejson==3.19.2' } }],
  }),
  badTask(
    'a wheel with both forms of arguments',
    {
      pythonWheelTask: { packageName: 'etl', entryPoint: 'main', parameters: [], namedParameters: {} },
    },
    { at: 'spec.tasks[0].pythonWheelTask', says: 'at most one of parameters, namedParameters' },
  ),
  goodTask('a SQL file', {
    sqlTask: { warehouseId: 'abc', file: { path: '/a.sql' }, parameters: { a: 'b' } },
  }),
  badTask(
    'a SQL task without a file',
    { sqlTask: { warehouseId: 'abc' } },
    { at: 'spec.tasks[0].sqlTask.file' },
  ),
  goodTask('another job by id', { runJobTask: { jobId: '901234567890123457' } }),
  goodTask('another job by reference', {
    runJobTask: { jobRef: { name: 'other' }, jobParameters: { a: 'b' } },
  }),
  badTask(
    'another job by nothing',
    { runJobTask: {} },
    {
      at: 'spec.tasks[0].runJobTask',
      says: 'exactly one of jobId, jobRef',
    },
  ),
  badTask(
    'another job by both',
    { runJobTask: { jobId: '1', jobRef: { name: 'other' } } },
    {
      at: 'spec.tasks[0].runJobTask',
      says: 'exactly one of jobId, jobRef',
    },
  ),
  badTask('another job by a number', { runJobTask: { jobId: 1 } }, { at: 'spec.tasks[0].runJobTask.jobId' }),
  badTask('another job by zero', { runJobTask: { jobId: '0' } }, { at: 'spec.tasks[0].runJobTask.jobId' }),
  good('dependencies, retries and timeouts', {
    tasks: [
      notebook,
      {
        ...notebook,
        taskKey: 'load',
        dependsOn: [{ taskKey: 'extract' }],
        runIf: 'ALL_DONE',
        maxRetries: -1,
        minRetryIntervalMillis: 60_000,
        retryOnTimeout: true,
        timeoutSeconds: 0,
        disabled: false,
      },
    ],
  }),
  bad(
    'a dependency twice',
    { tasks: [{ ...notebook, dependsOn: [{ taskKey: 'a' }, { taskKey: 'a' }] }] },
    { at: 'spec.tasks[0].dependsOn[1]', says: 'Duplicate value' },
  ),
  bad(
    'an outcome that cannot be',
    { tasks: [{ ...notebook, dependsOn: [{ taskKey: 'a', outcome: 'maybe' }] }] },
    { at: 'spec.tasks[0].dependsOn[0].outcome' },
  ),
  bad(
    'fewer retries than without end',
    { tasks: [{ ...notebook, maxRetries: -2 }] },
    {
      at: 'spec.tasks[0].maxRetries',
    },
  ),
  good('a thousand tasks on a hundred clusters', {
    tasks: numbered(1000, (index) => ({ ...notebook, taskKey: `task-${index}`, jobClusterKey: 'main-99' })),
    jobClusters: numbered(100, (index) => ({ jobClusterKey: `main-${index}`, newCluster })),
  }),
  bad(
    'a thousand and one tasks',
    {
      tasks: numbered(1001, (index) => ({ ...notebook, taskKey: `task-${index}` })),
    },
    { at: 'spec.tasks' },
  ),
]

const compute: readonly Row[] = [
  good('a job cluster', { jobClusters, tasks: [{ ...notebook, jobClusterKey: 'main' }] }),
  good('a new cluster', { tasks: [{ ...notebook, newCluster }] }),
  good('an existing cluster', { tasks: [{ ...notebook, existingClusterId: '0923-164208-meows279' }] }),
  good('a cluster of ours', { tasks: [{ ...notebook, clusterRef: { name: 'shared' } }] }),
  bad(
    'two computes',
    { tasks: [{ ...notebook, newCluster, clusterRef: { name: 'shared' } }] },
    {
      at: 'spec.tasks[0]',
      says: 'at most one of existingClusterId, clusterRef, newCluster, jobClusterKey',
    },
  ),
  badTask(
    'a cluster where none runs',
    { sqlTask: { warehouseId: 'abc', file: { path: '/a.sql' } }, existingClusterId: 'x' },
    { at: 'spec.tasks[0]', says: 'run without a cluster' },
  ),
  bad(
    'a job cluster that is not there',
    { tasks: [{ ...notebook, jobClusterKey: 'main' }] },
    {
      at: 'spec.tasks',
      says: 'a task names a jobClusterKey that jobClusters does not have',
    },
  ),
  bad(
    'a job cluster misspelled',
    { jobClusters, tasks: [{ ...notebook, jobClusterKey: 'mian' }] },
    {
      at: 'spec.tasks',
      says: 'a task names a jobClusterKey that jobClusters does not have',
    },
  ),
  bad(
    'a job cluster twice',
    { jobClusters: [...jobClusters, ...jobClusters] },
    {
      at: 'spec.jobClusters[1]',
      says: 'Duplicate value',
    },
  ),
  bad(
    'a job cluster without a size',
    { jobClusters: [{ jobClusterKey: 'main', newCluster: { sparkVersion: 'x' } }] },
    {
      at: 'spec.jobClusters[0].newCluster',
      says: 'exactly one of numWorkers, autoscale',
    },
  ),
  bad(
    'a job cluster that stops by itself',
    { jobClusters: [{ jobClusterKey: 'main', newCluster: { ...newCluster, autoterminationMinutes: 60 } }] },
    { at: 'spec.jobClusters[0].newCluster.autoterminationMinutes', says: 'unknown field' },
  ),
  bad(
    'a library in two forms',
    { tasks: [{ ...notebook, libraries: [{ whl: '/a', jar: '/b' }] }] },
    {
      at: 'spec.tasks[0].libraries[0]',
      says: 'exactly one of whl',
    },
  ),
  bad(
    'a package without a name',
    { tasks: [{ ...notebook, libraries: [{ pypi: { repo: 'x' } }] }] },
    {
      at: 'spec.tasks[0].libraries[0].pypi.package',
    },
  ),
]

export const jobRows: readonly Row[] = [...settings, ...tasks, ...compute]
