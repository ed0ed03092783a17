import type { Manifest } from './kubernetes.ts'

/** The token that the simulator takes. */
export const token = 'lakeward-demo'

const ours = 'lakeward.dev/v1beta1'

/** Manifests as people write them, short: what a story is not about has a usual value. */
const object = (kind: string, name: string, spec: object): Manifest & { spec: object } => ({
  apiVersion: ours,
  kind,
  metadata: { name },
  spec,
})

export const secret = (
  name: string,
  stringData: Record<string, string>,
): Manifest & { stringData: object } => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name },
  stringData,
})

/** It takes its token from the Secret `databricks` unless told otherwise. */
export const workspace = (name: string, host: string, { secret = 'databricks', key = 'token' } = {}) =>
  object('DatabricksWorkspace', name, {
    host,
    // Stories are about something else: none should wait for the turns of its many calls.
    budget: { requestsPerSecond: 100 },
    // Nor for approval of what it deletes.
    deletionGuard: 1000,
    credentials: { personalAccessToken: { secretKeyRef: { name: secret, key } } },
  })

/** The same for others too, as its access list says. */
export const lending = (name: string, host: string, access: object[]) => {
  const own = workspace(name, host)
  return { ...own, spec: { ...own.spec, access } }
}

/** A job of one task. */
export const job = (name: string, spec: object = {}) =>
  object('JobSpec', name, { name, tasks: [task('main')], ...spec })

export const task = (taskKey: string, more: object = {}) => ({
  taskKey,
  notebookTask: { notebookPath: `/Shared/${taskKey}` },
  ...more,
})

/** A cluster of two workers that never stops by itself. */
export const cluster = (name: string, spec: object = {}) =>
  object('DatabricksCluster', name, {
    clusterName: name,
    sparkVersion: '15.4.x-scala2.12',
    nodeTypeId: 'm5d.large',
    autoterminationMinutes: 0,
    ...('autoscale' in spec ? {} : { numWorkers: 2 }),
    ...spec,
  })

const types = ['catalog', 'schema', 'table']

/** Privileges by principal on a catalog, a schema or a table; its name tells which. */
export const grant = (name: string, securable: string, privileges: Record<string, string[]>) =>
  object('CatalogGrant', name, {
    securables: [{ type: types[securable.split('.').length - 1], name: securable }],
    grants: Object.entries(privileges).map(([principal, privileges]) => ({ principal, privileges })),
  })

/** The same manifest in the workspace `default` of another namespace. */
export const inThatOf = <M extends { spec: object }>(namespace: string, manifest: M): M => ({
  ...manifest,
  spec: { ...manifest.spec, workspaceRef: { name: 'default', namespace } },
})

/** The same manifest in another workspace than `default`. */
export const within = <M extends { spec: object }>(name: string, manifest: M): M => ({
  ...manifest,
  spec: { ...manifest.spec, workspaceRef: { name } },
})
