import { expect } from 'vitest'
import { inWorld } from './in-world.ts'
import type { Kubernetes } from './kubernetes.ts'
import { cluster, grant, job } from './manifests.ts'
import { idOf, timesPutBack } from './observer.ts'
import { until } from './until.ts'

const it = inWorld()

interface Managed {
  metadata: {
    labels?: object
    annotations?: Record<string, string>
    finalizers?: string[]
    managedFields: { manager: string; fieldsV1: Record<string, object> }[]
  }
}

const whole = async (kubernetes: Kubernetes, kind: string, name: string): Promise<Managed> =>
  JSON.parse(await kubernetes.kubectl(['get', kind, name, '--show-managed-fields', '-o', 'json'])) as Managed

/** Which fields the API server has down as ours, `status` as one. */
const ownedByUs = ({ metadata }: Managed): string[] =>
  metadata.managedFields
    .filter(({ manager }) => manager.startsWith('lakeward'))
    .flatMap(({ fieldsV1 }) =>
      Object.entries(fieldsV1).flatMap(([name, members]) =>
        name === 'f:status' ? ['status'] : Object.keys(members).map((member) => `${name}.${member}`),
      ),
    )

const ours = {
  nightly: ['JobSpec', 'nightly'],
  shared: ['DatabricksCluster', 'shared'],
  readers: ['CatalogGrant', 'readers'],
  default: ['DatabricksWorkspace', 'default'],
} as const

it('to Kubernetes only status and finalizer are ever written, whatever happens to an object', async ({
  world,
}) => {
  const { kubernetes, databricks, audit } = world
  const labelled = job('nightly', { maxConcurrentRuns: 1 })
  const metadata = {
    name: 'nightly',
    labels: { team: 'data' },
    annotations: { 'example.com/note': 'mine' },
    finalizers: ['example.com/hold'],
  }
  await kubernetes.apply(
    { ...labelled, metadata },
    cluster('shared'),
    grant('readers', 'main.silver', { analysts: ['SELECT'] }),
  )
  for (const [kind, name] of Object.values(ours)) await kubernetes.ready(kind, name)
  const id = idOf(kubernetes.object(...ours.nightly))

  // Drift put back, an edit, somebody else's label at the same time, an outage, and the job vanishing.
  await databricks.ana.post('/api/2.2/jobs/update', {
    job_id: BigInt(id),
    new_settings: { max_concurrent_runs: 7 },
  })
  await Promise.all([
    kubernetes.recheck(...ours.nightly),
    kubernetes.kubectl(['label', 'jobspec', 'nightly', 'tier=gold']),
  ])
  await until('it is put back', () => timesPutBack(kubernetes.object(...ours.nightly)) === 1)
  await kubernetes.kubectl([
    'patch',
    'jobspec',
    'nightly',
    '--type=merge',
    '-p',
    '{"spec":{"maxConcurrentRuns":3}}',
  ])
  await databricks.fault({
    match: 'GET /api/2.2/jobs/get',
    count: 2,
    status: 503,
    body: 'down for maintenance',
  })
  await kubernetes.recheck(...ours.nightly)
  await databricks.clearFaults()
  await databricks.ana.post('/api/2.2/jobs/delete', { job_id: BigInt(id) })
  await kubernetes.recheck(...ours.nightly)
  await until(
    'it is made again',
    () => ![undefined, id].includes(kubernetes.object(...ours.nightly).status.externalId),
  )

  for (const [kind, name] of Object.values(ours))
    expect([...new Set(ownedByUs(await whole(kubernetes, kind, name)))].toSorted()).toEqual([
      'f:metadata.f:finalizers',
      'status',
    ])

  for (const [kind, name] of [ours.shared, ours.readers]) await kubernetes.delete(kind, name)
  await kubernetes.beginDelete(...ours.nightly)
  const left = await until('our finalizer is gone', async () => {
    const object = await whole(kubernetes, ...ours.nightly)
    return object.metadata.finalizers?.includes('lakeward.dev/remote') === false && object
  })
  expect(left.metadata.finalizers).toEqual(['example.com/hold'])
  expect(left.metadata.labels).toEqual({ team: 'data', tier: 'gold' })
  expect(left.metadata.annotations?.['example.com/note']).toBe('mine')
  await kubernetes.kubectl([
    'patch',
    'jobspec',
    'nightly',
    '--type=json',
    '-p',
    '[{"op":"remove","path":"/metadata/finalizers"}]',
  ])

  const kinds = ['jobspecs', 'databricksclusters', 'cataloggrants', 'databricksworkspaces']
  const written = new Set((await audit.writes()).map((write) => write.split(' ').slice(0, 2).join(' ')))
  const meant = new Set(kinds.flatMap((kind) => [`patch ${kind}`, `patch ${kind}/status`]))
  expect([...written].filter((write) => !meant.has(write))).toEqual([])
  expect(written.size).toBe(meant.size)
})
