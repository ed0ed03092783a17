import { describe, expect, it } from 'vitest'
import { compare } from '../../src/drift/compare.ts'
import { compileRules } from '../../src/drift/rules.ts'
import type { Value } from '../../src/drift/value.ts'
import { jobRules } from '../../src/kinds/job/fields.ts'
import { linesOf, type Row } from './table.ts'

const rules = compileRules(jobRules)

const extract = {
  taskKey: 'extract',
  jobClusterKey: 'main',
  notebookTask: { notebookPath: '/Shared/extract' },
}
const load = {
  taskKey: 'load',
  dependsOn: [{ taskKey: 'extract' }, { taskKey: 'check' }],
  jobClusterKey: 'main',
  sparkPythonTask: { pythonFile: '/Shared/load.py', parameters: ['--env', 'prod'] },
  libraries: [{ pypi: { package: 'requests==2.31.0' } }, { whl: '/Volumes/main/libs/a.whl' }],
}
const check = { taskKey: 'check', sqlTask: { warehouseId: 'w', file: { path: '/check.sql' } } }
const newCluster = { sparkVersion: '15.4.x-scala2.12', nodeTypeId: 'm5d.large', numWorkers: 2 }
const schedule = { quartzCronExpression: '0 0 2 * * ?', timezoneId: 'UTC' }

const manifest = {
  name: 'nightly',
  tags: { team: 'red' },
  tasks: [extract, load, check],
  jobClusters: [{ jobClusterKey: 'main', newCluster }],
  schedule,
  parameters: [{ name: 'env', default: 'prod' }],
  emailNotifications: { onFailure: ['Ana@example.com', 'bob@example.com'] },
}

const filled = {
  runIf: 'ALL_SUCCESS',
  timeoutSeconds: 0,
  emailNotifications: {},
  retryOnTimeout: true,
  maxRetries: 0,
}
const foundExtract = { ...extract, ...filled, notebookTask: { ...extract.notebookTask, source: 'WORKSPACE' } }
const foundLoad = {
  ...load,
  ...filled,
  dependsOn: [{ taskKey: 'check' }, { taskKey: 'extract' }],
  sparkPythonTask: { ...load.sparkPythonTask, source: 'WORKSPACE' },
  libraries: load.libraries.toReversed(),
}
const foundCheck = {
  ...check,
  ...filled,
  sqlTask: { warehouseId: 'w', file: { path: '/check.sql', source: 'WORKSPACE' } },
}
const foundCluster = {
  ...newCluster,
  driverNodeTypeId: 'm5d.large',
  awsAttributes: { availability: 'SPOT_WITH_FALLBACK', zoneId: 'us-east-1c' },
  dataSecurityMode: 'SINGLE_USER',
  enableElasticDisk: false,
}

/** What Databricks answers for that manifest when nobody touched it. */
const answer = {
  ...manifest,
  tags: { team: 'red', 'lakeward-owner': '0a1b2c3d-000102030405060708090a0b' },
  tasks: [foundCheck, foundLoad, foundExtract],
  jobClusters: [{ jobClusterKey: 'main', newCluster: foundCluster }],
  schedule: { ...schedule, pauseStatus: 'UNPAUSED' },
  emailNotifications: { onFailure: ['bob@example.com', 'ana@example.com'], noAlertForSkippedRuns: false },
  maxConcurrentRuns: 1,
  timeoutSeconds: 0,
  queue: { enabled: true },
  runAs: { userName: 'owner@example.com' },
}

function judges(rows: Row[]): void {
  it.each(rows)('$it', ({ wanted = {}, found = {}, last, gives }) => {
    const whole = { ...manifest, ...wanted }
    const lastApplied = last === undefined ? whole : { ...manifest, ...last }
    expect(linesOf(rules, { wanted: whole, found: { ...answer, ...found }, lastApplied })).toEqual(gives)
  })
}

const withExtract = (change: object) => ({ tasks: [foundCheck, foundLoad, { ...foundExtract, ...change }] })
const withLoad = (change: object) => ({ tasks: [foundCheck, { ...foundLoad, ...change }, foundExtract] })
const withCluster = (change: object) => ({
  jobClusters: [{ jobClusterKey: 'main', newCluster: { ...foundCluster, ...change } }],
})

describe('a job that nobody touched', () => {
  judges([
    { it: 'is quiet', gives: [] },
    {
      it: 'is quiet when zeros and defaults are named',
      wanted: { timeoutSeconds: 0, maxConcurrentRuns: 1, queue: { enabled: true }, description: '' },
      gives: [],
    },
    {
      it: 'is quiet when named defaults are not echoed',
      wanted: {
        maxConcurrentRuns: 1,
        queue: { enabled: true },
        tasks: [{ ...extract, runIf: 'ALL_SUCCESS' }],
      },
      found: { maxConcurrentRuns: undefined, queue: undefined, tasks: [extract] },
      gives: [],
    },
    {
      it: 'is quiet with empty notifications',
      wanted: { emailNotifications: { onStart: [], noAlertForSkippedRuns: false } },
      found: { emailNotifications: {} },
      gives: [],
    },
    {
      it: 'is quiet when it runs as the service principal that the manifest calls a user',
      wanted: { runAs: { userName: '3F0C1A52-8d2e' } },
      found: { runAs: { servicePrincipalName: '3f0c1a52-8d2e' } },
      gives: [],
    },
  ])
})

describe('what somebody changed on a job', () => {
  judges([
    {
      it: 'is shown: retries that nobody named',
      found: withExtract({ maxRetries: 3 }),
      gives: ['unlisted tasks[extract].maxRetries: AddedRemotely'],
    },
    {
      it: 'is seen: retries',
      wanted: { tasks: [{ ...extract, maxRetries: 1 }, load, check] },
      found: withExtract({ maxRetries: 3 }),
      gives: ['tasks[extract].maxRetries: ChangedRemotely'],
    },
    {
      it: 'is seen: a notebook',
      found: withExtract({ notebookTask: { notebookPath: '/Users/x' } }),
      gives: ['tasks[extract].notebookTask.notebookPath: ChangedRemotely'],
    },
    {
      it: 'is seen: another type of task',
      found: withExtract({ notebookTask: undefined, sqlTask: check.sqlTask }),
      gives: ['tasks[extract].notebookTask: RemovedRemotely', 'tasks[extract].sqlTask: AddedRemotely'],
    },
    {
      it: 'is seen: other compute',
      found: withExtract({ jobClusterKey: undefined, existingClusterId: '0903-1' }),
      gives: [
        'tasks[extract].jobClusterKey: RemovedRemotely',
        'tasks[extract].existingClusterId: AddedRemotely',
      ],
    },
    {
      it: 'is seen: a cluster of its own',
      found: withExtract({ newCluster: foundCluster }),
      gives: ['tasks[extract].newCluster: AddedRemotely'],
    },
    {
      it: 'is seen: a task added',
      found: { tasks: [...answer.tasks, { taskKey: 'extra' }] },
      gives: ['tasks[extra]: AddedRemotely'],
    },
    {
      it: 'is seen: a task removed',
      found: { tasks: [foundLoad, foundExtract] },
      gives: ['tasks[check]: RemovedRemotely'],
    },
    {
      it: 'is seen: a dependency removed',
      found: withLoad({ dependsOn: [{ taskKey: 'extract' }] }),
      gives: ['tasks[load].dependsOn[check]: RemovedRemotely'],
    },
    {
      it: 'is seen: an argument',
      found: withLoad({ sparkPythonTask: { ...foundLoad.sparkPythonTask, parameters: ['prod', '--env'] } }),
      gives: ['tasks[load].sparkPythonTask.parameters: ChangedRemotely'],
    },
    {
      it: 'is seen: another version of a library',
      found: withLoad({
        libraries: [{ whl: '/Volumes/main/libs/a.whl' }, { pypi: { package: 'requests==2.32.0' } }],
      }),
      gives: [
        'tasks[load].libraries[pypi:requests==2.31.0]: RemovedRemotely',
        'tasks[load].libraries[pypi:requests==2.32.0]: AddedRemotely',
      ],
    },
    {
      it: 'is seen: a task switched off',
      found: withExtract({ disabled: true }),
      wanted: { tasks: [{ ...extract, disabled: false }, load, check] },
      gives: ['tasks[extract].disabled: ChangedRemotely'],
    },
    {
      it: 'is shown: source',
      found: withExtract({ notebookTask: { ...extract.notebookTask, source: 'GIT' } }),
      gives: ['unlisted tasks[extract].notebookTask.source: AddedRemotely'],
    },
    {
      it: 'is seen: workers of a job cluster',
      found: withCluster({ numWorkers: 8 }),
      gives: ['jobClusters[main].newCluster.numWorkers: ChangedRemotely'],
    },
    {
      it: 'is shown: capacity of a job cluster',
      found: withCluster({ awsAttributes: { availability: 'ON_DEMAND' } }),
      gives: ['unlisted jobClusters[main].newCluster.awsAttributes.availability: AddedRemotely'],
    },
    {
      it: 'is seen: a tag added',
      found: { tags: { ...answer.tags, x: 'y' } },
      gives: ['tags.x: AddedRemotely'],
    },
    {
      it: 'is seen: the schedule removed',
      found: { schedule: undefined },
      gives: ['schedule: RemovedRemotely'],
    },
    {
      it: 'is shown: the schedule paused',
      found: { schedule: { ...schedule, pauseStatus: 'PAUSED' } },
      gives: ['unlisted schedule.pauseStatus: AddedRemotely'],
    },
    {
      it: 'is seen: the schedule paused, when named',
      wanted: { schedule: { ...schedule, pauseStatus: 'UNPAUSED' } },
      found: { schedule: { ...schedule, pauseStatus: 'PAUSED' } },
      gives: ['schedule.pauseStatus: ChangedRemotely'],
    },
    {
      it: 'is shown: a schedule added',
      wanted: { schedule: undefined },
      gives: ['unlisted schedule: AddedRemotely'],
    },
    {
      it: 'is shown: the queue switched off',
      found: { queue: { enabled: false } },
      gives: ['unlisted queue.enabled: AddedRemotely'],
    },
    {
      it: 'is seen: the queue switched on',
      wanted: { queue: { enabled: false } },
      gives: ['queue.enabled: ChangedRemotely'],
    },
    {
      it: 'is shown: all runs skipped',
      found: { maxConcurrentRuns: 0 },
      gives: ['unlisted maxConcurrentRuns: AddedRemotely'],
    },
    {
      it: 'is seen: a parameter',
      found: { parameters: [{ name: 'env', default: 'dev' }] },
      gives: ['parameters[env].default: ChangedRemotely'],
    },
    {
      it: 'is seen: a reader of mails removed',
      found: { emailNotifications: { onFailure: ['ana@example.com'] } },
      gives: ['emailNotifications.onFailure[bob@example.com]: RemovedRemotely'],
    },
    {
      it: 'is shown: another occasion for mails',
      found: { emailNotifications: { ...answer.emailNotifications, onStart: ['x@example.com'] } },
      gives: ['unlisted emailNotifications.onStart[x@example.com]: AddedRemotely'],
    },
    {
      it: 'is seen: whom it runs as',
      wanted: { runAs: { groupName: 'data' } },
      found: { runAs: { groupName: 'Data' } },
      gives: ['runAs: ChangedRemotely'],
    },
  ])
})

describe('what changed in the manifest of a job', () => {
  judges([
    {
      it: 'a task left it',
      wanted: { tasks: [extract, load] },
      last: {},
      gives: ['tasks[check]: SpecChanged'],
    },
    {
      it: 'the schedule left it',
      wanted: { schedule: undefined },
      last: {},
      gives: ['schedule: SpecChanged'],
    },
    {
      it: 'runAs left it',
      last: { runAs: { userName: 'owner@example.com' } },
      gives: ['runAs: SpecChanged'],
    },
    {
      it: 'a task changed its type',
      wanted: { tasks: [extract, load, { taskKey: 'check', notebookTask: { notebookPath: '/c' } }] },
      last: {},
      gives: ['tasks[check].notebookTask: SpecChanged', 'tasks[check].sqlTask: SpecChanged'],
    },
    {
      it: 'a parameter is new',
      wanted: { parameters: [...manifest.parameters, { name: 'day', default: '' }] },
      last: {},
      gives: ['parameters[day]: SpecChanged'],
    },
  ])
})

describe('a job cluster with a policy', () => {
  const policed = { ...newCluster, policyId: 'P', applyPolicyDefaultValues: true }
  const withPolicy = { jobClusters: [{ jobClusterKey: 'main', newCluster: policed }] }
  judges([
    {
      it: 'has what the policy adds',
      wanted: withPolicy,
      found: withCluster({
        policyId: 'P',
        customTags: { a: 'b' },
        autoscale: undefined,
        runtimeEngine: 'PHOTON',
      }),
      gives: [],
    },
    {
      it: 'does not excuse the rest of the job',
      wanted: withPolicy,
      found: { ...withCluster({ policyId: 'P' }), description: 'x' },
      gives: ['unlisted description: AddedRemotely'],
    },
  ])
})

const typed = {
  notebookTask: { notebookPath: '/n' },
  sparkPythonTask: { pythonFile: '/f.py' },
  pythonWheelTask: { packageName: 'p', entryPoint: 'e' },
  sqlTask: { warehouseId: 'w' },
  runJobTask: { jobId: '901234567890123457' },
}
const computed = { existingClusterId: '0903-1', newCluster, jobClusterKey: 'main' }

/** Each member of one task against each other member of the same task in Databricks. */
const pairsOf = (members: Record<string, Value>) =>
  Object.entries(members).flatMap(([ours, wanted]) =>
    Object.entries(members).flatMap(([theirs, found]) =>
      ours === theirs ? [] : [{ ours, theirs, wanted: { [ours]: wanted }, found: { [theirs]: found } }],
    ),
  )

describe('what a task has only one of', () => {
  it.each([...pairsOf(typed), ...pairsOf(computed)])(
    '$ours is not $theirs',
    ({ ours, theirs, wanted, found }) => {
      const given = {
        wanted: { tasks: [{ taskKey: 'a', ...wanted }] },
        found: { tasks: [{ taskKey: 'a', ...found }] },
      }
      expect(linesOf(rules, { ...given, lastApplied: given.wanted })).toEqual([
        `tasks[a].${ours}: RemovedRemotely`,
        `tasks[a].${theirs}: AddedRemotely`,
      ])
    },
  )
})

const taskOf = (type: string, members: Value) => ({ tasks: [{ taskKey: 'a', [type]: members }] })

describe('parameters of a task', () => {
  const maps = [
    ['notebookTask', 'baseParameters'],
    ['sqlTask', 'parameters'],
    ['runJobTask', 'jobParameters'],
    ['pythonWheelTask', 'namedParameters'],
  ] as const

  it.each(maps)('in %s.%s are owned as a map and hide what somebody added', (type, map) => {
    const given = {
      wanted: taskOf(type, { [map]: { a: '1' } }),
      found: taskOf(type, { [map]: { a: '1', b: 'hidden' } }),
    }
    expect(linesOf(rules, { ...given, lastApplied: given.wanted })).toEqual([
      `tasks[a].${type}.${map}.b: AddedRemotely`,
    ])
    expect(JSON.stringify(compare({ ...given, lastApplied: undefined, rules })[0]?.shown)).not.toContain(
      'hidden',
    )
  })

  it.each(['sparkPythonTask', 'pythonWheelTask'])(
    'in %s.parameters are owned as a list and hide what somebody added',
    (type) => {
      const given = {
        wanted: taskOf(type, { parameters: ['a', 'b'] }),
        found: taskOf(type, { parameters: ['b', 'a', 'hidden'] }),
      }
      expect(linesOf(rules, { ...given, lastApplied: given.wanted })).toEqual([
        `tasks[a].${type}.parameters: ChangedRemotely`,
      ])
      expect(JSON.stringify(compare({ ...given, lastApplied: undefined, rules })[0]?.shown)).not.toContain(
        'hidden',
      )
    },
  )

  it('of a wheel are a list or a map', () => {
    const list = taskOf('pythonWheelTask', { parameters: ['a'] })
    const map = taskOf('pythonWheelTask', { namedParameters: { a: 'b' } })
    expect(linesOf(rules, { wanted: list, found: map, lastApplied: list })).toEqual([
      'tasks[a].pythonWheelTask.parameters: RemovedRemotely',
      'tasks[a].pythonWheelTask.namedParameters.a: AddedRemotely',
    ])
    expect(linesOf(rules, { wanted: map, found: list, lastApplied: map })).toEqual([
      'tasks[a].pythonWheelTask.namedParameters.a: RemovedRemotely',
      'tasks[a].pythonWheelTask.parameters: AddedRemotely',
    ])
  })
})

const jsoup = (exclusions: string[], repo?: string) => ({
  tasks: [
    {
      taskKey: 'a',
      libraries: [
        {
          maven: { coordinates: 'org.jsoup:jsoup:1.7.2', exclusions, ...(repo !== undefined && { repo }) },
        },
      ],
    },
  ],
})

describe('libraries', () => {
  const given = { wanted: jsoup(['b', 'a']), lastApplied: jsoup(['b', 'a']) }
  it('have exclusions without order', () => {
    expect(linesOf(rules, { ...given, found: jsoup(['a', 'b']) })).toEqual([])
  })
  it('from another repository are others', () => {
    expect(linesOf(rules, { ...given, found: jsoup(['b', 'a'], 'https://maven.example.com') })).toEqual([
      'tasks[a].libraries[maven:org.jsoup:jsoup:1.7.2]: RemovedRemotely',
      'tasks[a].libraries[maven:org.jsoup:jsoup:1.7.2 from https://maven.example.com]: AddedRemotely',
    ])
  })
})

it.each(['onStart', 'onSuccess', 'onFailure', 'onDurationWarningThresholdExceeded'])(
  'takes the addresses of %s for a set',
  (occasion) => {
    const mails = (addresses: string[]) => ({ emailNotifications: { [occasion]: addresses } })
    const wanted = mails(['a@example.com', 'B@example.com'])
    expect(
      linesOf(rules, { wanted, found: mails(['b@example.com', 'a@example.com']), lastApplied: wanted }),
    ).toEqual([])
    expect(linesOf(rules, { wanted, found: mails(['a@example.com']), lastApplied: wanted })).toEqual([
      `emailNotifications.${occasion}[B@example.com]: RemovedRemotely`,
    ])
  },
)

it('gives a reason for every rule', () => {
  expect(jobRules.filter(({ reason }) => reason.trim() === '')).toEqual([])
})
