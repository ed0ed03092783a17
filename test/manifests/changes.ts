import type { Refusal, Row } from './row.ts'

/**
 * An update of a stored object. Only the API server can judge it, because zod sees one object at a time.
 */
export interface Change {
  readonly name: string
  readonly kind: Row['kind']
  readonly from: object
  readonly to: object
  readonly refused?: Refusal
}

const job = { name: 'nightly', management: { suspend: true } }
const grant = {
  securables: [{ type: 'catalog', name: 'main' }],
  grants: [{ principal: 'analysts', privileges: ['USE_CATALOG'] }],
  management: { suspend: true },
}
const cluster = {
  clusterName: 'shared',
  sparkVersion: '15.4.x-scala2.12',
  numWorkers: 1,
  management: { suspend: true },
}
const adopted = (externalId: string) => ({ ...job, management: { suspend: true, externalId } })

const elsewhere: Refusal = { at: 'spec.workspaceRef', says: 'workspaceRef is immutable' }
const another: Refusal = { at: 'spec.management.externalId', says: 'externalId is immutable once set' }

export const changes: readonly Change[] = [
  { name: 'another name', kind: 'JobSpec', from: job, to: { ...job, name: 'daily' } },
  {
    name: 'another workspace',
    kind: 'JobSpec',
    from: { ...job, workspaceRef: { name: 'a' } },
    to: { ...job, workspaceRef: { name: 'b' } },
    refused: elsewhere,
  },
  {
    name: 'a workspace where none was named',
    kind: 'DatabricksCluster',
    from: cluster,
    to: { ...cluster, workspaceRef: { name: 'b' } },
    refused: elsewhere,
  },
  {
    name: 'no workspace where one was named',
    kind: 'CatalogGrant',
    from: { ...grant, workspaceRef: { name: 'b', namespace: 'data' } },
    to: grant,
    refused: elsewhere,
  },
  {
    name: 'the same workspace',
    kind: 'CatalogGrant',
    from: { ...grant, workspaceRef: { name: 'b' } },
    to: { ...grant, workspaceRef: { name: 'b' }, acceptRevocations: true },
  },
  { name: 'an id where none was', kind: 'JobSpec', from: job, to: adopted('1') },
  { name: 'another id', kind: 'JobSpec', from: adopted('1'), to: adopted('2'), refused: another },
  { name: 'no id where one was', kind: 'JobSpec', from: adopted('1'), to: job, refused: another },
  {
    name: 'no management where an id was',
    kind: 'JobSpec',
    from: adopted('1'),
    to: { name: 'nightly' },
    refused: another,
  },
]
