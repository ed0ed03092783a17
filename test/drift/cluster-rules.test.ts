import { describe, expect, it } from 'vitest'
import { compare } from '../../src/drift/compare.ts'
import { compileRules } from '../../src/drift/rules.ts'
import { clusterRules } from '../../src/kinds/cluster/fields.ts'
import { linesOf, type Row } from './table.ts'

const rules = compileRules(clusterRules)

const manifest = {
  clusterName: 'etl',
  sparkVersion: '15.4.x-scala2.12',
  nodeTypeId: 'm5d.large',
  numWorkers: 2,
  customTags: { team: 'red' },
}

/** What Databricks on AWS answers for that manifest when nobody touched it. */
const answer = {
  ...manifest,
  customTags: { team: 'red', 'lakeward-owner': '0a1b2c3d-000102030405060708090a0b' },
  driverNodeTypeId: 'm5d.large',
  autoterminationMinutes: 0,
  enableElasticDisk: false,
  enableLocalDiskEncryption: false,
  dataSecurityMode: 'SINGLE_USER',
  singleUserName: '3f0c1a52-8d2e-4e55-9a77-0b1c2d3e4f50',
  runtimeEngine: 'STANDARD',
  sparkConf: { 'spark.databricks.delta.preview.enabled': 'true' },
  sparkEnvVars: { PYSPARK_PYTHON: '/databricks/python3/bin/python3' },
  awsAttributes: {
    firstOnDemand: 1,
    availability: 'SPOT_WITH_FALLBACK',
    zoneId: 'us-east-1c',
    spotBidPricePercent: 100,
    ebsVolumeCount: 0,
  },
}

function judges(rows: Row[]): void {
  it.each(rows)('$it', ({ wanted = {}, found = {}, last, gives }) => {
    const whole = { ...manifest, ...wanted }
    const lastApplied = last === undefined ? whole : { ...manifest, ...last }
    expect(linesOf(rules, { wanted: whole, found: { ...answer, ...found }, lastApplied })).toEqual(gives)
    // With nothing remembered, noise stays just as quiet.
    if (gives.length === 0 && last === undefined)
      expect(
        linesOf(rules, { wanted: whole, found: { ...answer, ...found }, lastApplied: undefined }),
      ).toEqual([])
  })
}

describe('a cluster that nobody touched', () => {
  judges([
    { it: 'is quiet on AWS', gives: [] },
    {
      it: 'is quiet where disks are encrypted anyway',
      found: { enableLocalDiskEncryption: true },
      gives: [],
    },
    {
      it: 'is quiet on Google Cloud without confidential computing',
      found: { gcpAttributes: { confidentialComputeType: 'CONFIDENTIAL_COMPUTE_TYPE_NONE' } },
      gives: [],
    },
    {
      it: 'is quiet on Azure',
      found: {
        awsAttributes: undefined,
        enableElasticDisk: true,
        azureAttributes: { firstOnDemand: 1, availability: 'ON_DEMAND_AZURE', spotBidMaxPrice: -1 },
      },
      gives: [],
    },
    {
      it: 'is quiet on Google Cloud',
      found: {
        awsAttributes: undefined,
        gcpAttributes: { firstOnDemand: 1, availability: 'ON_DEMAND_GCP', zoneId: 'HA', localSsdCount: 0 },
      },
      gives: [],
    },
  ])
})

describe('what somebody changed on a cluster', () => {
  judges([
    {
      it: 'is seen: the version',
      found: { sparkVersion: '14.3.x-scala2.12' },
      gives: ['sparkVersion: ChangedRemotely'],
    },
    {
      it: 'is seen: the node type',
      found: { nodeTypeId: 'm5d.xlarge' },
      gives: ['nodeTypeId: ChangedRemotely'],
    },
    {
      it: 'is shown: autotermination',
      found: { autoterminationMinutes: 60 },
      gives: ['unlisted autoterminationMinutes: AddedRemotely'],
    },
    { it: 'is shown: a policy', found: { policyId: 'P' }, gives: ['unlisted policyId: AddedRemotely'] },
    {
      it: 'is shown: another engine',
      found: { runtimeEngine: 'PHOTON' },
      gives: ['unlisted runtimeEngine: AddedRemotely'],
    },
    {
      it: 'is seen: another engine than named',
      wanted: { runtimeEngine: 'STANDARD' },
      found: { runtimeEngine: 'PHOTON' },
      gives: ['runtimeEngine: ChangedRemotely'],
    },
    {
      it: 'is shown: spot to on demand',
      found: { awsAttributes: { ...answer.awsAttributes, availability: 'ON_DEMAND' } },
      gives: ['unlisted awsAttributes.availability: AddedRemotely'],
    },
    {
      it: 'is seen: spot to on demand, when named',
      wanted: { awsAttributes: { availability: 'SPOT_WITH_FALLBACK' } },
      found: { awsAttributes: { ...answer.awsAttributes, availability: 'ON_DEMAND' } },
      gives: ['awsAttributes.availability: ChangedRemotely'],
    },
    {
      it: 'is shown: an instance profile',
      found: { awsAttributes: { ...answer.awsAttributes, instanceProfileArn: 'arn:x' } },
      gives: ['unlisted awsAttributes.instanceProfileArn: AddedRemotely'],
    },
    {
      it: 'is shown: the bid on Azure',
      found: { awsAttributes: undefined, azureAttributes: { spotBidMaxPrice: 0.2 } },
      gives: ['unlisted azureAttributes.spotBidMaxPrice: AddedRemotely'],
    },
    {
      it: 'is seen: local disks taken away',
      wanted: { awsAttributes: undefined, gcpAttributes: { localSsdCount: 2 } },
      found: { awsAttributes: undefined, gcpAttributes: { localSsdCount: 0 } },
      gives: ['gcpAttributes.localSsdCount: ChangedRemotely'],
    },
    {
      it: 'is shown: volumes on AWS, zone and confidential computing on Google Cloud',
      found: {
        awsAttributes: { ...answer.awsAttributes, ebsVolumeSize: 100 },
        gcpAttributes: { zoneId: 'us-central1-a', confidentialComputeType: 'SEV_SNP' },
      },
      gives: [
        'unlisted awsAttributes.ebsVolumeSize: AddedRemotely',
        'unlisted gcpAttributes.zoneId: AddedRemotely',
        'unlisted gcpAttributes.confidentialComputeType: AddedRemotely',
      ],
    },
    {
      it: 'is seen: disk encryption, when named',
      wanted: { enableLocalDiskEncryption: true },
      gives: ['enableLocalDiskEncryption: ChangedRemotely'],
    },
    {
      it: 'is seen: another zone than named',
      wanted: { awsAttributes: { zoneId: 'us-east-1a' } },
      gives: ['awsAttributes.zoneId: ChangedRemotely'],
    },
    {
      it: 'is seen: a tag added',
      found: { customTags: { ...answer.customTags, cost: '7' } },
      gives: ['customTags.cost: AddedRemotely'],
    },
    {
      it: 'is seen: a tag removed',
      found: { customTags: { 'lakeward-owner': 'x' } },
      gives: ['customTags.team: RemovedRemotely'],
    },
    {
      it: 'is seen: a spark setting that is named',
      wanted: { sparkConf: { 'spark.x': '1' } },
      found: { sparkConf: { ...answer.sparkConf, 'spark.x': '2' } },
      gives: ['sparkConf["spark.x"]: ChangedRemotely'],
    },
    {
      it: 'is shown: a spark setting that is not',
      wanted: { sparkConf: { 'spark.x': '1' } },
      found: { sparkConf: { 'spark.x': '1', 'spark.y': '2' } },
      gives: ['unlisted sparkConf["spark.y"]: AddedRemotely'],
    },
    {
      it: 'is shown: another Python',
      found: { sparkEnvVars: { PYSPARK_PYTHON: '/opt/python' } },
      gives: ['unlisted sparkEnvVars.PYSPARK_PYTHON: AddedRemotely'],
    },
    {
      it: 'is shown: single node written by hand',
      found: { sparkConf: { 'spark.master': 'local[*]' } },
      gives: ['unlisted sparkConf["spark.master"]: AddedRemotely'],
    },
    {
      it: 'is seen: another user',
      wanted: { singleUserName: 'Ana@example.com' },
      found: { singleUserName: 'bob@example.com' },
      gives: ['singleUserName: ChangedRemotely'],
    },
  ])
})

describe('what left the manifest of a cluster', () => {
  judges([
    {
      it: 'goes: a spark setting',
      last: { sparkConf: { 'spark.x': '1' } },
      found: { sparkConf: { 'spark.x': '1' } },
      gives: ['sparkConf["spark.x"]: SpecChanged'],
    },
    {
      it: 'goes: a tag, with a policy too',
      wanted: { policyId: 'P' },
      last: { policyId: 'P', customTags: { team: 'red', old: '1' } },
      found: { policyId: 'P', customTags: { team: 'red', old: '1' } },
      gives: ['customTags.old: SpecChanged'],
    },
    {
      it: 'goes: the cloud attributes',
      last: { awsAttributes: { ebsVolumeCount: 2 } },
      found: { awsAttributes: { ...answer.awsAttributes, ebsVolumeCount: 2 } },
      gives: ['awsAttributes.ebsVolumeCount: SpecChanged'],
    },
    {
      it: 'is nothing once the default is back',
      last: { awsAttributes: { spotBidPricePercent: 50 } },
      gives: [],
    },
  ])
})

describe('names of one thing', () => {
  judges([
    {
      it: 'DEDICATED reads back as SINGLE_USER',
      wanted: { dataSecurityMode: 'DATA_SECURITY_MODE_DEDICATED' },
      gives: [],
    },
    {
      it: 'STANDARD reads back as USER_ISOLATION',
      wanted: { dataSecurityMode: 'DATA_SECURITY_MODE_STANDARD' },
      found: { dataSecurityMode: 'USER_ISOLATION' },
      gives: [],
    },
    {
      it: 'AUTO reads back as either',
      wanted: { dataSecurityMode: 'DATA_SECURITY_MODE_AUTO' },
      found: { dataSecurityMode: 'USER_ISOLATION' },
      gives: [],
    },
    {
      it: 'AUTO does not read back as NONE',
      wanted: { dataSecurityMode: 'DATA_SECURITY_MODE_AUTO' },
      found: { dataSecurityMode: 'NONE' },
      gives: ['dataSecurityMode: ChangedRemotely'],
    },
    {
      it: 'DEDICATED is not USER_ISOLATION',
      wanted: { dataSecurityMode: 'DATA_SECURITY_MODE_DEDICATED' },
      found: { dataSecurityMode: 'USER_ISOLATION' },
      gives: ['dataSecurityMode: ChangedRemotely'],
    },
    { it: 'a zone of auto is placed somewhere', wanted: { awsAttributes: { zoneId: 'auto' } }, gives: [] },
    {
      it: 'a zone on Google Cloud has no case',
      wanted: { awsAttributes: undefined, gcpAttributes: { zoneId: 'auto' } },
      found: { awsAttributes: undefined, gcpAttributes: { zoneId: 'us-central1-a' } },
      gives: [],
    },
    {
      it: 'users have no case',
      wanted: { singleUserName: 'Ana@Example.com' },
      found: { singleUserName: 'ana@example.com' },
      gives: [],
    },
    {
      it: 'a price is a number',
      wanted: { azureAttributes: { spotBidMaxPrice: 1 } },
      found: { awsAttributes: undefined, azureAttributes: { spotBidMaxPrice: '1.0' } },
      gives: [],
    },
  ])
})

describe('the size of a cluster', () => {
  const autoscale = { minWorkers: 1, maxWorkers: 4 }
  judges([
    { it: 'fixed, changed', found: { numWorkers: 5 }, gives: ['numWorkers: ChangedRemotely'] },
    {
      it: 'fixed, became autoscaling',
      found: { numWorkers: undefined, autoscale },
      gives: ['numWorkers: RemovedRemotely', 'autoscale: AddedRemotely'],
    },
    {
      it: 'fixed at 0, became autoscaling',
      wanted: { numWorkers: 0 },
      found: { numWorkers: undefined, autoscale },
      gives: ['autoscale: AddedRemotely'],
    },
    {
      it: 'autoscaling, has some number of workers now',
      wanted: { numWorkers: undefined, autoscale },
      found: { numWorkers: 3, autoscale },
      gives: [],
    },
    {
      it: 'autoscaling, became fixed',
      wanted: { numWorkers: undefined, autoscale },
      found: { numWorkers: 3 },
      gives: ['autoscale: RemovedRemotely'],
    },
    {
      it: 'autoscaling, with other bounds',
      wanted: { numWorkers: undefined, autoscale },
      found: { numWorkers: undefined, autoscale: { minWorkers: 1, maxWorkers: 8 } },
      gives: ['autoscale.maxWorkers: ChangedRemotely'],
    },
    {
      it: 'changed form in the manifest',
      wanted: { numWorkers: undefined, autoscale },
      last: {},
      found: {},
      gives: ['autoscale: SpecChanged'],
    },
    {
      it: 'of a single node is written by Databricks',
      wanted: { numWorkers: undefined, kind: 'CLASSIC_PREVIEW', isSingleNode: true, sparkConf: { a: 'b' } },
      found: {
        numWorkers: 0,
        kind: 'CLASSIC_PREVIEW',
        isSingleNode: true,
        sparkConf: { a: 'b', 'spark.master': 'local[*]', 'spark.databricks.cluster.profile': 'singleNode' },
        customTags: { team: 'red', ResourceClass: 'SingleNode' },
      },
      gives: [],
    },
  ])
})

describe('a cluster from a pool', () => {
  const pooled = { nodeTypeId: undefined, instancePoolId: 'pool-1' }
  judges([
    {
      it: 'has node types and cloud attributes of the pool',
      wanted: pooled,
      found: {
        instancePoolId: 'pool-1',
        driverInstancePoolId: 'pool-1',
        awsAttributes: { ...answer.awsAttributes, availability: 'ON_DEMAND', ebsVolumeCount: 3 },
      },
      gives: [],
    },
    ...[
      { awsAttributes: { ebsVolumeType: 'x', ebsVolumeSize: 9, ebsVolumeIops: 9, ebsVolumeThroughput: 9 } },
      {
        azureAttributes: {
          availability: 'SPOT_AZURE',
          firstOnDemand: 4,
          spotBidMaxPrice: 1,
          capacityReservationGroup: 'g',
        },
      },
      {
        gcpAttributes: {
          availability: 'x',
          firstOnDemand: 4,
          zoneId: 'z',
          bootDiskSize: 9,
          localSsdCount: 9,
          confidentialComputeType: 'SEV_SNP',
        },
      },
    ].map((attributes) => ({
      it: `leaves ${Object.keys(attributes).join()} to the pool`,
      wanted: pooled,
      found: { instancePoolId: 'pool-1', awsAttributes: undefined, ...attributes },
      gives: [],
    })),
    {
      it: 'moved to another pool',
      wanted: pooled,
      found: { instancePoolId: 'pool-2' },
      gives: ['instancePoolId: ChangedRemotely'],
    },
    {
      it: 'keeps its own instance profile',
      wanted: { ...pooled, awsAttributes: { instanceProfileArn: 'a' } },
      found: { instancePoolId: 'pool-1', awsAttributes: { instanceProfileArn: 'b' } },
      gives: ['awsAttributes.instanceProfileArn: ChangedRemotely'],
    },
    {
      it: 'was put into one by hand',
      found: { instancePoolId: 'pool-1' },
      gives: ['instancePoolId: AddedRemotely'],
    },
  ])
})

describe('a cluster with a policy', () => {
  const policyId = 'P'
  const clusterLogConf = { volumes: { destination: '/Volumes/main/logs' } }
  judges([
    {
      it: 'has what the policy adds',
      wanted: { policyId },
      found: {
        policyId,
        runtimeEngine: 'PHOTON',
        clusterLogConf,
        sparkConf: { 'spark.x': '1' },
        customTags: { team: 'red', owner: 'platform' },
        autoterminationMinutes: 30,
        initScripts: [{ workspace: { destination: '/init.sh' } }],
      },
      gives: [],
    },
    {
      it: 'contradicts the manifest',
      wanted: { policyId },
      found: { policyId, customTags: { team: 'blue' } },
      gives: ['customTags.team: ChangedRemotely'],
    },
    {
      it: 'is never judged by the flag that no read returns',
      wanted: { policyId, applyPolicyDefaultValues: true },
      found: { policyId },
      gives: [],
    },
    {
      it: 'sees the flag change in the manifest',
      wanted: { policyId, applyPolicyDefaultValues: true },
      last: { policyId },
      found: { policyId },
      gives: ['applyPolicyDefaultValues: SpecChanged'],
    },
  ])
})

describe('scripts and logs', () => {
  const workspace = { destination: '/init.sh' }
  const volumes = { destination: '/Volumes/main/init.sh' }
  judges([
    {
      it: 'run in their order',
      wanted: { initScripts: [{ workspace }, { volumes }] },
      found: { initScripts: [{ volumes }, { workspace }] },
      gives: [
        'initScripts[0].workspace: RemovedRemotely',
        'initScripts[0].volumes: AddedRemotely',
        'initScripts[1].volumes: RemovedRemotely',
        'initScripts[1].workspace: AddedRemotely',
      ],
    },
    {
      it: 'are owned as a list',
      wanted: { initScripts: [{ workspace }] },
      found: { initScripts: [{ workspace }, { volumes }] },
      gives: ['initScripts: ChangedRemotely'],
    },
    {
      it: 'are shown when the manifest has none',
      found: { initScripts: [{ workspace }] },
      gives: ['unlisted initScripts: AddedRemotely'],
    },
    {
      it: 'go to one place',
      wanted: { clusterLogConf: { volumes } },
      found: { clusterLogConf: { dbfs: { destination: 'dbfs:/logs' } } },
      gives: ['clusterLogConf.volumes: RemovedRemotely', 'clusterLogConf.dbfs: AddedRemotely'],
    },
  ])
})

const conf = (place: string) => ({ [place]: { destination: 'x', region: 'y' } })
const others = (places: string[]) =>
  places.flatMap((wanted) =>
    places.filter((found) => found !== wanted).map((found) => [wanted, found] as const),
  )

describe('places that rule each other out', () => {
  it.each(others(['workspace', 'volumes', 's3', 'abfss', 'gcs']))(
    'a script in %s is not one in %s',
    (ours, theirs) => {
      const given = { wanted: { initScripts: [conf(ours)] }, found: { initScripts: [conf(theirs)] } }
      expect(linesOf(rules, { ...given, lastApplied: given.wanted })).toEqual([
        `initScripts[0].${ours}: RemovedRemotely`,
        `initScripts[0].${theirs}: AddedRemotely`,
      ])
    },
  )

  it.each(others(['volumes', 'dbfs', 's3']))('logs in %s are not in %s', (ours, theirs) => {
    const given = { wanted: { clusterLogConf: conf(ours) }, found: { clusterLogConf: conf(theirs) } }
    expect(linesOf(rules, { ...given, lastApplied: given.wanted })).toEqual([
      `clusterLogConf.${ours}: RemovedRemotely`,
      `clusterLogConf.${theirs}: AddedRemotely`,
    ])
  })
})

it.each(['sparkConf', 'sparkEnvVars'])('does not show what somebody put into %s', (map) => {
  const given = { wanted: { [map]: { a: 'shown' } }, found: { [map]: { a: 'seen', b: 'hidden' } } }
  const shown = JSON.stringify(compare({ ...given, lastApplied: undefined, rules }).map((one) => one.shown))
  expect(shown).toContain('seen')
  expect(shown).not.toContain('hidden')
})

it('gives a reason for every rule', () => {
  expect(clusterRules.filter(({ reason }) => reason.trim() === '')).toEqual([])
})
