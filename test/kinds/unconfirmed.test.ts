import { describe, expect, it } from 'vitest'
import { cluster } from '../../src/kinds/cluster/index.ts'
import type { DatabricksClusterSpec } from '../../src/kinds/cluster/schema.ts'
import { grant } from '../../src/kinds/grant/index.ts'
import type { CatalogGrantSpec } from '../../src/kinds/grant/schema.ts'
import { job } from '../../src/kinds/job/index.ts'
import type { JobSpecSpec } from '../../src/kinds/job/schema.ts'
import type { Kind } from '../../src/kinds/kind.ts'
import type { Switches } from '../../src/simulator/switches.ts'
import { Fleet } from '../reconcile/fleet.ts'
import { workspace } from '../simulator/harness.ts'

/*
 * What nobody has confirmed of Databricks is one switch of the simulator each. In whatever position: what was made reads
 * back as wanted, a look at it writes nothing, and a manifest that changes is brought about, once.
 */

const period = 600_000

const newCluster = { sparkVersion: '15.4.x-scala2.12', nodeTypeId: 'm5d.large', numWorkers: 2 }
const scripts = [{ workspace: { destination: '/Shared/a.sh' } }]

const jobOf = (more: Partial<JobSpecSpec> = {}): JobSpecSpec => ({
  name: 'nightly',
  tags: { team: 'red' },
  tasks: [
    { taskKey: 'a', jobClusterKey: 'main', notebookTask: { notebookPath: '/Shared/a' } },
    { taskKey: 'b', newCluster, dependsOn: [{ taskKey: 'a' }], notebookTask: { notebookPath: '/Shared/b' } },
  ],
  jobClusters: [{ jobClusterKey: 'main', newCluster }],
  schedule: { quartzCronExpression: '0 0 2 * * ?', timezoneId: 'UTC' },
  parameters: [
    { name: 'day', default: '1' },
    { name: 'env', default: 'dev' },
  ],
  emailNotifications: { onFailure: ['Ana@Example.com'] },
  runAs: { userName: 'Ana@Example.com' },
  ...more,
})

const clusterOf = (more: Partial<DatabricksClusterSpec> = {}): DatabricksClusterSpec => ({
  clusterName: 'etl',
  ...newCluster,
  autoterminationMinutes: 0,
  sparkConf: { 'spark.a': '1' },
  customTags: { team: 'red' },
  dataSecurityMode: 'DATA_SECURITY_MODE_DEDICATED',
  singleUserName: 'Ana@Example.com',
  initScripts: scripts,
  management: { onSpecChange: 'Apply', onDrift: 'Apply' },
  ...more,
})

const grantOf = (...privileges: string[]): CatalogGrantSpec => ({
  securables: [{ type: 'schema', name: 'main.silver' }],
  grants: [{ principal: 'Ana@Example.com', privileges }],
  acceptRevocations: true,
})

interface Way {
  readonly of: 'job' | 'cluster' | 'grant'
  readonly kind: Kind
  readonly from: object
  readonly to: object
}

const ways: Record<string, Way> = {
  'a job': {
    of: 'job',
    kind: job,
    from: jobOf(),
    to: jobOf({ tags: { team: 'blue' }, parameters: [{ name: 'day', default: '2' }], schedule: undefined }),
  },
  'a cluster': {
    of: 'cluster',
    kind: cluster,
    from: clusterOf(),
    to: clusterOf({ sparkConf: { 'spark.a': '2' }, customTags: {}, numWorkers: 3, initScripts: undefined }),
  },
  'a cluster that scales, and then does not': {
    of: 'cluster',
    kind: cluster,
    from: clusterOf({ numWorkers: undefined, autoscale: { minWorkers: 1, maxWorkers: 4 } }),
    to: clusterOf({ numWorkers: 3 }),
  },
  'a single node, and then one with workers': {
    of: 'cluster',
    kind: cluster,
    from: clusterOf({ numWorkers: undefined, kind: 'CLASSIC_PREVIEW', isSingleNode: true }),
    to: clusterOf({
      kind: 'CLASSIC_PREVIEW',
      autoscale: { minWorkers: 2, maxWorkers: 6 },
      numWorkers: undefined,
    }),
  },
  'a grant': {
    of: 'grant',
    kind: grant,
    from: grantOf('SELECT', 'USE_SCHEMA'),
    to: grantOf('ALL_PRIVILEGES'),
  },
}

/** Every switch that may show in an answer about one of these, or decide about one of our calls, in its other position. */
const others: Readonly<Record<'any' | 'job' | 'cluster' | 'grant', readonly Partial<Switches>[]>> = {
  any: [
    { cloud: 'Azure', azureEnvironmentTag: true },
    { cloud: 'GCP' },
    { requestIdHeader: true },
    { emptyAnswer: 'Nothing' },
    { orgIdOnAllAnswers: false },
    { missingObject: 'RESOURCE_DOES_NOT_EXIST' },
    { lowerCaseUsers: true },
  ],
  job: [
    { fillTaskWebhookNotifications: true },
    { fillEditMode: true },
    { updatedParameters: 'MergedByName' },
    { echoRunAs: false },
    { removableRunAs: true },
    { refuseUnknownRunAs: false },
  ],
  cluster: [
    { refuseResizeWhileResizing: false },
    { resizeChangesSpec: true },
    { showWorkersWhileScaling: true },
    { specShowsOthersEdits: false },
    { updateRefillsPolicy: false },
    { updateKeepsPolicyFlag: false },
    { clusterIdempotencyToken: 'Honoured' },
    { limitTagTexts: false },
    { showEffectiveSparkVersion: false },
    { fillDeltaPreview: true },
    { fillRuntimeEngine: true },
  ],
  grant: [
    { atomicGrants: false },
    { lowerCasePrivileges: 'Refused' },
    { addWhileRemovingAll: 'Refused' },
    { allPrivilegesRead: 'Each' },
    { allPrivilegesIncludeManage: true },
    { unconfirmedPlacements: 'Refused' },
    { emptyPageShare: 1 },
  ],
}

const rows = Object.entries(ways).flatMap(([what, way]) => {
  return [...others.any, ...others[way.of]].map((switches) => ({
    what,
    position: JSON.stringify(switches),
    switches,
    way,
  }))
})

const nodes = { Azure: 'Standard_D4ads_v5', GCP: 'n2-standard-4' } as const

/** A manifest for whatever cloud the workspace is in. */
const fitting = (spec: object, { cloud = 'AWS' }: Partial<Switches>): object =>
  cloud === 'AWS' ? spec : (JSON.parse(JSON.stringify(spec).replaceAll('m5d.large', nodes[cloud])) as object)

/** Everything on the move arrives, and the operator has looked. */
async function settle(fleet: Fleet) {
  await fleet.simulator.advance(60)
  await fleet.run(period)
}

/** One more look finds nothing and writes nothing. */
async function expectPeace(fleet: Fleet) {
  await settle(fleet)
  const calls = await fleet.calls(() => settle(fleet))
  expect(Object.keys(calls).filter((call) => !call.startsWith('GET '))).toEqual([])
  const { conditions, drift } = fleet.status('one')
  expect(conditions?.map(({ type, reason }) => `${type} ${reason}`)).toEqual(
    expect.arrayContaining(['Ready Applied', 'Drifted NoDrift']),
  )
  expect(conditions?.map(({ type }) => type)).not.toContain('Stalled')
  expect(drift).toMatchObject({ count: 0, unlisted: 0 })
}

describe('what nobody has confirmed', () => {
  it.each(rows)('$what is as its manifest says with $position', async ({ switches, way }) => {
    const { kind, from, to } = way
    const [one, other] = [fitting(from, switches), fitting(to, switches)]
    const fleet = await Fleet.start({ kind, specs: { one } }, { simulator: await workspace({ switches }) })
    await expectPeace(fleet)
    for (const spec of [other, one]) {
      fleet.apply('one', spec)
      await fleet.run(60_000)
      await expectPeace(fleet)
    }
  })
})
