import type { Manifest } from './kubernetes.ts'
import { cluster, grant, job, task } from './manifests.ts'

export const ana = { userName: 'ana@example.com' }
export const runsAsAna = { runAs: [ana] }
/** A job that somebody of another team made by hand. */
export const legacyReport = '901234567890123457'

const arn = 'arn:aws:iam::123456789012:instance-profile/crown-jewels'

/** Something that a tenant applies, and that must not happen unless it was given to him. */
export interface Way {
  way: string
  manifest: Manifest & { spec: object }
  /** What he has; absent: access to the workspace, and to run jobs as Ana. */
  given?: object
  refused: 'AccessDenied' | 'RunAsRequired'
  says: RegExp
  /** What he would have to have. */
  lent: object
  /** What then arrives at Databricks. */
  arrives: { path: string; body: object }
}

export const jobOf = (name: string, ...[first = {}, more = {}]: object[]) =>
  job(name, { runAs: ana, tasks: [task('main', first)], ...more })
const createsJob = (settings: object) => ({ path: '/api/2.2/jobs/create', body: settings })
const createsCluster = (body: object) => ({ path: '/api/2.1/clusters/create', body })

const size = { sparkVersion: '15.4.x-scala2.12', nodeTypeId: 'm5d.large', numWorkers: 1 }
export const shared = { dataSecurityMode: 'USER_ISOLATION' }

/** One for each list of an access entry, and for the places where a right may hide. */
export const ways: readonly Way[] = [
  {
    way: 'a kind that is not listed',
    manifest: cluster('unlisted-kind', shared),
    given: { kinds: ['JobSpec'] },
    refused: 'AccessDenied',
    says: /DatabricksCluster of namespace .*spec\.access\[\]\.kinds/,
    lent: { kinds: ['DatabricksCluster'] },
    arrives: createsCluster({ cluster_name: 'unlisted-kind' }),
  },
  {
    way: 'a job that runs as somebody who is not listed',
    manifest: job('as-ana', { runAs: ana }),
    given: {},
    refused: 'AccessDenied',
    says: /^runAs: ana@example\.com is not lent/,
    lent: runsAsAna,
    arrives: createsJob({ run_as: { user_name: 'ana@example.com' } }),
  },
  {
    way: 'a cluster dedicated to somebody who is not listed',
    manifest: cluster('for-ana', { dataSecurityMode: 'SINGLE_USER', singleUserName: 'ana@example.com' }),
    given: {},
    refused: 'AccessDenied',
    says: /^singleUserName: ana@example\.com is not lent/,
    lent: runsAsAna,
    arrives: createsCluster({ single_user_name: 'ana@example.com' }),
  },
  {
    way: 'an instance profile on a cluster',
    manifest: cluster('profiled', { ...shared, awsAttributes: { instanceProfileArn: arn } }),
    refused: 'AccessDenied',
    says: /^awsAttributes\.instanceProfileArn: .*crown-jewels.*spec\.access\[\]\.instanceProfiles/,
    lent: { instanceProfiles: [arn] },
    arrives: createsCluster({ aws_attributes: { instance_profile_arn: arn } }),
  },
  {
    way: 'an instance profile on a cluster of a job, deep inside',
    manifest: jobOf('profiled-job', { newCluster: { ...size, awsAttributes: { instanceProfileArn: arn } } }),
    refused: 'AccessDenied',
    says: /^tasks\[main\]\.newCluster\.awsAttributes\.instanceProfileArn: /,
    lent: { ...runsAsAna, instanceProfiles: [arn] },
    arrives: createsJob({ tasks: [{ new_cluster: { aws_attributes: { instance_profile_arn: arn } } }] }),
  },
  {
    way: 'a secret of another scope',
    manifest: cluster('spy', { ...shared, sparkConf: { 'spark.password': '{{secrets/finance/db}}' } }),
    refused: 'AccessDenied',
    says: /^sparkConf\["spark\.password"\]: finance is not lent.*spec\.access\[\]\.secretScopes/,
    lent: { secretScopes: ['finance'] },
    arrives: createsCluster({ spark_conf: { 'spark.password': '{{secrets/finance/db}}' } }),
  },
  {
    way: 'a secret that is spelt oddly, in the key of an environment',
    manifest: jobOf('odd-spy', {
      newCluster: { ...size, sparkEnvVars: { A: 'x{{ SECRETS /Finance/ db }}' } },
    }),
    refused: 'AccessDenied',
    says: /^tasks\[main\]\.newCluster\.sparkEnvVars\.A: Finance is not lent/,
    lent: { ...runsAsAna, secretScopes: ['finance'] },
    arrives: createsJob({
      tasks: [{ new_cluster: { spark_env_vars: { A: 'x{{ SECRETS /Finance/ db }}' } } }],
    }),
  },
  {
    way: 'an existing cluster',
    manifest: jobOf('squatter', { existingClusterId: '0923-164208-meows279' }),
    refused: 'AccessDenied',
    says: /^tasks\[main\]\.existingClusterId: 0923-164208-meows279 is not lent.*spec\.access\[\]\.clusters/,
    lent: { ...runsAsAna, clusters: ['0923-164208-meows279'] },
    arrives: createsJob({ tasks: [{ existing_cluster_id: '0923-164208-meows279' }] }),
  },
  {
    way: 'a job of others that is run by reference',
    manifest: job('puppeteer', {
      runAs: ana,
      tasks: [{ taskKey: 'main', runJobTask: { jobId: legacyReport } }],
    }),
    refused: 'AccessDenied',
    says: /^tasks\[main\]\.runJobTask\.jobId: 901234567890123457 is not lent.*spec\.access\[\]\.jobs/,
    lent: { ...runsAsAna, jobs: [legacyReport] },
    arrives: createsJob({ tasks: [{ run_job_task: { job_id: BigInt(legacyReport) } }] }),
  },
  {
    way: 'a grant on a securable outside the entry',
    manifest: grant('gold-digger', 'main.gold', { analysts: ['MODIFY'] }),
    given: { kinds: ['CatalogGrant'], securables: [{ type: 'schema', name: 'main.silver' }] },
    refused: 'AccessDenied',
    says: /schema main\.gold is not lent.*spec\.access\[\]\.securables/,
    lent: { kinds: ['CatalogGrant'], securables: [{ type: 'catalog', name: 'main' }] },
    arrives: {
      path: '/api/2.1/unity-catalog/permissions/schema/main.gold',
      body: { changes: [{ principal: 'analysts', add: ['MODIFY'] }] },
    },
  },
  {
    way: 'a grant on the catalog around the schema that is listed',
    manifest: grant('climber', 'main', { analysts: ['USE_SCHEMA'] }),
    given: { kinds: ['CatalogGrant'], securables: [{ type: 'schema', name: 'main.silver' }] },
    refused: 'AccessDenied',
    says: /catalog main is not lent/,
    lent: { kinds: ['CatalogGrant'], securables: [{ type: 'catalog', name: 'main' }] },
    arrives: {
      path: '/api/2.1/unity-catalog/permissions/catalog/main',
      body: { changes: [{ principal: 'analysts', add: ['USE_SCHEMA'] }] },
    },
  },
]
