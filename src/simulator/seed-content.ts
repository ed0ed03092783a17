import type { Content } from './content.ts'
import type { PrincipalSeed } from './principals.ts'

/** Application id of the service principal that the demo token stands for. */
export const demoApplicationId = '3f0c1a52-8d2e-4e55-9a77-0b1c2d3e4f50'

/** The tokens of a workspace for which none are named. */
export const demoTokens: Readonly<Record<string, string>> = { 'lakeward-demo': demoApplicationId }

const group = (id: string, name: string, level: PrincipalSeed['level']): PrincipalSeed => ({
  kind: 'group',
  id,
  name,
  displayName: name,
  groups: [],
  level,
})

const user = (id: string, name: string, groups: string[]): PrincipalSeed => ({
  kind: 'user',
  id,
  name,
  displayName: name.split('@')[0] ?? name,
  groups,
  level: 'account',
})

const owner = 'ana@example.com'

/** A small company's workspace: what the examples need, and a few things that people made by hand. */
export const seedContent: Content = {
  workspaceId: '7405611111111111',
  principals: [
    {
      kind: 'servicePrincipal',
      id: '4471002',
      name: demoApplicationId,
      displayName: 'lakeward-demo',
      groups: ['admins'],
      level: 'account',
    },
    user('4471010', owner, ['admins', 'data engineers']),
    user('4471011', 'ben@example.com', ['analysts']),
    group('900', 'admins', 'workspace'),
    group('901', 'users', 'workspace'),
    group('910', 'account users', 'account'),
    group('911', 'data engineers', 'account'),
    group('912', 'analysts', 'account'),
  ],
  metastore: { id: '5b1d9f8e-2c47-4a0e-8f3b-7d6a5c4e3f21', name: 'company' },
  securables: [
    { type: 'catalog', name: 'main', owner },
    { type: 'schema', name: 'main.bronze', owner },
    { type: 'schema', name: 'main.silver', owner },
    { type: 'schema', name: 'main.gold', owner },
    { type: 'table', name: 'main.silver.orders', owner, tableType: 'MANAGED' },
    { type: 'table', name: 'main.silver.customers', owner, tableType: 'MANAGED' },
    { type: 'table', name: 'main.gold.revenue', owner, tableType: 'VIEW' },
    { type: 'volume', name: 'main.bronze.landing', owner },
  ],
  grants: [
    { type: 'catalog', name: 'main', principal: 'analysts', privileges: ['USE_CATALOG'] },
    { type: 'schema', name: 'main.gold', principal: 'analysts', privileges: ['SELECT'] },
  ],
  jobs: [
    {
      id: 901234567890123457n,
      creator: owner,
      settings: {
        name: 'legacy-report',
        tags: { team: 'finance' },
        schedule: { quartz_cron_expression: '0 30 6 * * ?', timezone_id: 'UTC', pause_status: 'UNPAUSED' },
        queue: { enabled: true },
        tasks: [
          {
            task_key: 'report',
            notebook_task: { notebook_path: '/Shared/legacy/report' },
            job_cluster_key: 'main',
            max_retries: 2,
          },
        ],
        job_clusters: [
          {
            job_cluster_key: 'main',
            new_cluster: { spark_version: '15.4.x-scala2.12', node_type_id: 'm5d.large', num_workers: 1 },
          },
        ],
      },
    },
  ],
}
