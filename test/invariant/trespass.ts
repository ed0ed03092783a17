import type { Chance } from './chance.ts'
import { lentPrincipal, type Entry, type KindName } from './pool.ts'

/*
 * Manifests of a tenant that want more than the workspace lends him. Each names something that nobody else names, so
 * that any call about it is theirs.
 */

/** What no call may contain. */
export interface Trespass {
  entry: Entry
  forbidden: string
}

const body = {
  sparkVersion: '15.4.x-scala2.12',
  nodeTypeId: 'm5d.large',
  numWorkers: 1,
  dataSecurityMode: 'USER_ISOLATION',
}
const notebook = { taskKey: 'main', notebookTask: { notebookPath: '/Shared/main' } }
const runAs = { userName: lentPrincipal }

type Wish = (canary: string, name: string) => { kind: KindName; spec: Record<string, unknown> }

const job = (name: string, spec: object): ReturnType<Wish> => ({
  kind: 'JobSpec',
  spec: { name, runAs, tasks: [notebook], ...spec },
})
const cluster = (name: string, spec: object): ReturnType<Wish> => ({
  kind: 'DatabricksCluster',
  spec: { clusterName: name, ...body, autoterminationMinutes: 0, ...spec },
})

/** Digits that make an id of a job. */
const digits = (canary: string): string => `9${Buffer.from(canary.slice(-8)).join('')}`.slice(0, 18)

/** Each borrows one right of somebody else. */
const wishes: readonly Wish[] = [
  (canary, name) => job(name, { runAs: { userName: `${canary}@example.com` } }),
  (canary, name) => job(name, { runAs: undefined, description: canary }),
  (canary, name) => job(name, { tasks: [{ ...notebook, existingClusterId: canary }] }),
  (canary, name) => job(name, { tasks: [{ taskKey: 'main', runJobTask: { jobId: digits(canary) } }] }),
  (canary, name) => job(name, { management: { externalId: digits(canary) } }),
  (canary, name) => job(name, { tasks: [{ ...notebook, newCluster: { ...body, policyId: canary } }] }),
  (canary, name) =>
    job(name, {
      tasks: [{ ...notebook, newCluster: { ...body, sparkConf: { a: `{{secrets/${canary}/key}}` } } }],
    }),
  (canary, name) => cluster(name, { policyId: canary }),
  (canary, name) =>
    cluster(name, { awsAttributes: { instanceProfileArn: `arn:aws:iam::1:instance-profile/${canary}` } }),
  (canary, name) => cluster(name, { sparkEnvVars: { A: `{{secrets/${canary}/key}}` } }),
  (canary, name) =>
    cluster(name, { dataSecurityMode: 'SINGLE_USER', singleUserName: `${canary}@example.com` }),
  (canary, name) => cluster(name, { management: { externalId: canary } }),
  (canary) => ({
    kind: 'CatalogGrant',
    spec: {
      securables: [{ type: 'schema', name: `main.${canary}` }],
      grants: [{ principal: 'analysts', privileges: ['SELECT'] }],
    },
  }),
]

/** One manifest for each right that a tenant has not been lent. */
export function trespasses(
  chance: Chance,
  { namespace, home }: { namespace: string; home: string },
): Trespass[] {
  return wishes.map((wish, index) => {
    const canary = `forbidden-${chance.text(12)}`
    const name = `trespass-${index}`
    const { kind, spec } = wish(canary, name)
    const workspaceRef = { name: 'default', namespace: home }
    const entry: Entry = {
      kind,
      name,
      namespace,
      workspace: 'default',
      spec: { ...plain(spec), workspaceRef },
    }
    return { entry, forbidden: JSON.stringify(spec).includes(canary) ? canary : digits(canary) }
  })
}

/** Without what is undefined. */
const plain = (spec: Record<string, unknown>): Record<string, unknown> =>
  JSON.parse(JSON.stringify(spec)) as Record<string, unknown>
