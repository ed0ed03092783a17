import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatJson, type JsonObject } from '../../src/databricks/json.ts'
import type { Called } from './door.ts'
import { workspaceId } from './fixtures.ts'
import { forRed, me, tenant } from './tenant.ts'

/*
 * Every right of somebody else has a name here that tells what it is, so that what went over the wire can be
 * searched for it as text, without any idea of how a body is made.
 */

const one = (what: string) => fc.constantFrom(...[1, 2, 3].map((number) => `${what}-${number}`))
const rarely = <T>(value: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 4, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: value })
const jobId = fc.constantFrom('90000000000000001', '90000000000000002')
const token = /(user|team|policy|profile|account|scope|cluster)-\d|9000000000000000\d/g

const anybody = fc.oneof(
  { weight: 6, arbitrary: one('user').map((userName) => ({ userName })) },
  { weight: 2, arbitrary: one('team').map((groupName) => ({ groupName })) },
  { weight: 1, arbitrary: fc.constantFrom(me, me.toUpperCase()).map((userName) => ({ userName })) },
)

/** A text in which a secret may be hidden, in some spelling. */
const aText = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom('', 'plain', '{{job.id}}') },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.constantFrom('{{secrets/', '{{ secrets / ', '{{SECRETS/', 'x{{\tsecrets/'), one('scope'))
      .map(([before, scope]) => `${before}${scope}/key}}`),
  },
)

const clusterBody = {
  sparkVersion: fc.constant('15.4.x-scala2.12'),
  nodeTypeId: fc.constant('m5d.large'),
  numWorkers: fc.constant(1),
  dataSecurityMode: rarely(
    fc.constantFrom('USER_ISOLATION', 'SINGLE_USER', 'NONE', 'DATA_SECURITY_MODE_AUTO'),
  ),
  singleUserName: rarely(fc.oneof(one('user'), one('team'), fc.constant(me))),
  policyId: rarely(one('policy')),
  sparkConf: rarely(fc.dictionary(fc.oneof(fc.constant('spark.a'), aText), aText, { maxKeys: 2 })),
  sparkEnvVars: rarely(fc.dictionary(fc.constant('A'), aText)),
  customTags: rarely(fc.dictionary(fc.constantFrom('policy_id', 'team'), aText)),
}

const cloud = fc.oneof(
  fc.constant({}),
  fc.constant({}),
  one('profile').map((instanceProfileArn) => ({ awsAttributes: { instanceProfileArn } })),
  one('account').map((googleServiceAccount) => ({ gcpAttributes: { googleServiceAccount } })),
)

const aCluster = fc
  .tuple(fc.record(clusterBody), cloud)
  .map(([body, attributes]) => ({ ...withoutUndefined(body), ...attributes }))

const aTask = fc.oneof(
  fc.record({
    notebookTask: fc.record({
      notebookPath: fc.constant('/a'),
      baseParameters: fc.dictionary(aText, aText, { maxKeys: 2 }),
    }),
  }),
  one('cluster').map((existingClusterId) => ({ existingClusterId, notebookTask: { notebookPath: '/a' } })),
  aCluster.map((newCluster) => ({ newCluster, notebookTask: { notebookPath: '/a' } })),
  jobId.map((jobId) => ({ runJobTask: { jobId } })),
  fc.constant({ notebookTask: { notebookPath: '/a' } }),
)

const aJob = fc
  .tuple(
    fc.option(anybody, { nil: undefined, freq: 9 }),
    fc.array(aTask, { minLength: 1, maxLength: 3 }),
    aText,
    rarely(aCluster),
  )
  .map(([runAs, tasks, description, newCluster]) => ({
    name: 'x',
    description,
    ...(runAs === undefined ? {} : { runAs }),
    tasks: tasks.map((task, index) => ({ taskKey: `t${index}`, ...task })),
    ...(newCluster === undefined ? {} : { jobClusters: [{ jobClusterKey: 'main', newCluster }] }),
  }))

const anEntry = fc.record({
  runAs: fc.subarray(
    [1, 2, 3].flatMap((n) => [{ userName: `user-${n}` }, { groupName: `team-${n}` }]),
    { minLength: 3 },
  ),
  policies: some('policy'),
  instanceProfiles: some('profile'),
  serviceAccounts: some('account'),
  secretScopes: some('scope'),
  clusters: some('cluster'),
  jobs: fc.subarray(['90000000000000001', '90000000000000002']),
})

function some(what: string): fc.Arbitrary<string[]> {
  return fc.subarray(
    [1, 2, 3].map((number) => `${what}-${number}`),
    { minLength: 2 },
  )
}

/** What Databricks has under the id of the object, as somebody may have left it. */
const remoteJob = fc.record({
  name: fc.constant('x'),
  run_as: one('user').map((user_name) => ({ user_name })),
  tasks: fc.array(
    fc.oneof(
      one('cluster').map((existing_cluster_id) => ({ existing_cluster_id })),
      one('profile').map((instance_profile_arn) => ({
        new_cluster: { aws_attributes: { instance_profile_arn } },
      })),
      fc.constant({}),
    ),
    { minLength: 1, maxLength: 3 },
  ),
})

const withoutUndefined = (value: object): object =>
  Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined))

// Each run has an API server of its own.
describe('whatever an object of another namespace wants', { timeout: 60_000 }, () => {
  it.each([
    ['JobSpec', aJob],
    ['DatabricksCluster', aCluster.map((body) => ({ clusterName: 'x', ...body }))],
  ] as const)('a %s makes no call outside its entry', async (kind, specs) => {
    const tally = { sent: 0, kept: 0 }
    await fc.assert(
      fc.asyncProperty(specs, anEntry, async (spec, entry) => {
        const made = await tenant({ kind, spec, access: [forRed(entry)], answer: whatIsSent })
        await made.pass()
        judge(made.writes(), entry, tally)
      }),
      { numRuns: 600 },
    )
    // It can fail both ways: much is sent, and much is not.
    expect(Math.min(tally.sent, tally.kept)).toBeGreaterThan(5)
  })

  it('a correction makes none either, whatever stands there', async () => {
    const tally = { sent: 0, kept: 0 }
    const lent = { ...forRedLists(), clusters: ['cluster-1'], instanceProfiles: ['profile-1'] }
    await fc.assert(
      fc.asyncProperty(remoteJob, async (remote) => {
        const settings = {
          ...remote,
          tasks: remote.tasks.map((task, index) => ({ task_key: `t${index}`, ...task })),
        }
        const made = await tenant({
          kind: 'JobSpec',
          spec: {
            name: 'x',
            runAs: { userName: 'user-1' },
            tasks: [{ taskKey: 't0', notebookTask: { notebookPath: '/a' }, maxRetries: 1 }],
          },
          access: [forRed(lent)],
          status: { observedGeneration: 1, externalId: '7', origin: 'Created', workspaceId },
          answer: ({ call }) =>
            call.endsWith('jobs/get') ? { job_id: 7, settings, run_as_user_name: 'user-1' } : {},
        })
        await made.pass()
        judge(made.writes(), lent, tally)
      }),
      { numRuns: 200 },
    )
    expect(Math.min(tally.sent, tally.kept)).toBeGreaterThan(5)
  })
})

const forRedLists = () => ({ runAs: [{ userName: 'user-1' }] })

/** Databricks takes what it is sent. */
function whatIsSent({ call }: Called): JsonObject {
  if (call.endsWith('/create')) return call.includes('jobs') ? { job_id: 7 } : { cluster_id: '1' }
  return call.endsWith('clusters/get') ? { state: 'PENDING', cluster_source: 'API' } : { settings: {} }
}

function judge(writes: readonly Called[], entry: object, tally: { sent: number; kept: number }): void {
  tally.sent += writes.length
  tally.kept += writes.length === 0 ? 1 : 0
  const lent = new Set(JSON.stringify(entry).match(token))
  for (const { body } of writes) {
    const text = formatJson(body)
    for (const [name] of text.matchAll(token)) expect(lent, text).toContain(name)
    expect(text.toLowerCase()).not.toContain(me)
  }
}
