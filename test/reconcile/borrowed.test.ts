import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../src/databricks/json.ts'
import { borrowedBy } from '../../src/reconcile/borrowed.ts'

/** What a body borrows, as `list value` or `list type value`. */
const listed = (body: JsonObject): string[] =>
  borrowedBy(body).map(({ list, type, value }) => [list, type, value].filter(Boolean).join(' '))

const arn = 'arn:aws:iam::123456789012:instance-profile/jobs'

const rows: [what: string, body: JsonObject, listed: string[]][] = [
  [
    'a user whom runs act as',
    { run_as: { user_name: 'ana@example.com' } },
    ['runAs userName ana@example.com'],
  ],
  [
    'a service principal whom runs act as',
    { run_as: { service_principal_name: 'a-b' } },
    ['runAs servicePrincipalName a-b'],
  ],
  ['a group whom runs act as', { run_as: { group_name: 'team' } }, ['runAs groupName team']],
  ['somebody in a form nobody knows yet', { run_as: 'ana@example.com' }, ['runAs ana@example.com']],
  ['who has a dedicated cluster', { single_user_name: 'ana@example.com' }, ['runAs ana@example.com']],
  ['an instance profile', { aws_attributes: { instance_profile_arn: arn } }, [`instanceProfiles ${arn}`]],
  [
    'a Google service account',
    { gcp_attributes: { google_service_account: 'jobs@p.iam.gserviceaccount.com' } },
    ['serviceAccounts jobs@p.iam.gserviceaccount.com'],
  ],
  ['a policy', { policy_id: 'ABC' }, ['policies ABC']],
  ['an existing cluster', { tasks: [{ task_key: 'a', existing_cluster_id: '0923-1' }] }, ['clusters 0923-1']],
  ['the libraries of another cluster', { clone_from: { source_cluster_id: '0923-1' } }, ['clusters 0923-1']],
  ['another job', { tasks: [{ run_job_task: { job_id: 9007199254740995n } }] }, ['jobs 9007199254740995']],
  ['a job of a small id', { run_job_task: { job_id: 7 } }, ['jobs 7']],
  ['a securable', { securable: { type: 'schema', name: 'main.silver' } }, ['securables schema main.silver']],
  ['a secret in the Spark settings', { spark_conf: { a: '{{secrets/team/key}}' } }, ['secretScopes team']],
  ['a secret in the environment', { spark_env_vars: { A: 'x{{secrets/team/key}}y' } }, ['secretScopes team']],
  [
    'a secret in a parameter',
    { tasks: [{ p: { parameters: ['{{secrets/team/key}}'] } }] },
    ['secretScopes team'],
  ],
  ['a secret in a key', { spark_conf: { '{{secrets/team/key}}': '1' } }, ['secretScopes team']],
  ['a secret with odd spacing', { a: '{{ secrets / team / key }}' }, ['secretScopes team']],
  ['a secret over several lines', { a: '{{\n\tsecrets/team/key\n}}' }, ['secretScopes team']],
  ['a secret in capitals', { a: '{{SECRETS/team/key}}' }, ['secretScopes team']],
  [
    'two secrets in one text',
    { a: '{{secrets/one/k}}:{{secrets/two/k}}' },
    ['secretScopes one', 'secretScopes two'],
  ],
  ['a secret that is cut off', { a: '{{secrets/team' }, ['secretScopes team']],
  ['a secret without a scope', { a: '{{secrets}}' }, ['secretScopes']],
  ['braces inside braces', { a: '{{{{secrets/team/key}}}}' }, ['secretScopes team']],
]

describe('a body borrows', () => {
  it.each(rows)('%s', (_what, body, expected) => {
    expect(listed(body)).toEqual(expected)
  })
})

describe('a body borrows nothing', () => {
  it.each<[string, JsonObject]>([
    ['that is empty', {}],
    ['with what it makes itself', { new_cluster: { spark_version: '15.4.x-scala2.12', num_workers: 1 } }],
    ['with members set to nothing', { policy_id: '', existing_cluster_id: null, single_user_name: null }],
    ['with a tag named like a field', { tags: { policy_id: 'ABC', run_as: 'ana' } }],
    [
      'with a parameter named like a field',
      { tasks: [{ t: { base_parameters: { existing_cluster_id: '1' } } }] },
    ],
    ['with a setting named like a field', { new_cluster: { spark_conf: { single_user_name: 'ana' } } }],
    ['with a reference to a run’s values', { a: '{{job.id}} {{tasks.a.values.secrets}}' }],
    ['with the id of the job it is about', { job_id: 7n, new_settings: {} }],
  ])('%s', (_what, body) => {
    expect(listed(body)).toEqual([])
  })
})

describe('what is borrowed', () => {
  it('is called by the path of the manifest', () => {
    const body = {
      tasks: [{ task_key: 'extract', new_cluster: { aws_attributes: { instance_profile_arn: arn } } }],
      job_clusters: [{ job_cluster_key: 'main', new_cluster: { spark_conf: { 'a.b': '{{secrets/s/k}}' } } }],
    }
    expect(borrowedBy(body).map(({ path }) => path)).toEqual([
      'tasks[extract].newCluster.awsAttributes.instanceProfileArn',
      'jobClusters[main].newCluster.sparkConf["a.b"]',
    ])
  })

  it('is found in a map of users’ own keys too, once it is more than a text', () => {
    expect(listed({ tags: { a: { policy_id: 'ABC' } } })).toEqual(['policies ABC'])
    expect(listed({ tags: { policy_id: ['ABC'] } })).toEqual(['policies ["ABC"]'])
    expect(listed({ tags: [{ policy_id: 'ABC' }] })).toEqual(['policies ABC'])
  })

  it('is found at any depth, in whatever is around it', () => {
    const around = fc.array(
      fc.oneof(fc.constant('list'), fc.constantFrom('for_each_task', 'task', 'new_cluster', 'tags', 'x')),
      { maxLength: 12 },
    )
    const inner = fc.constantFrom<JsonObject>(...rows.map(([, body]) => body))
    fc.assert(
      fc.property(around, inner, (path, body) => {
        const wrapped = path.reduce<JsonObject>(
          (value, name) => (name === 'list' ? { items: [value, 1, null] } : { [name]: value }),
          { inner: body },
        )
        expect(listed(wrapped)).toEqual(listed(body))
      }),
    )
  })
})
