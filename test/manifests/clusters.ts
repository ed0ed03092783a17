import { entries, longText, numbered, type Refusal, type Row } from './row.ts'

const small = { clusterName: 'shared', sparkVersion: '15.4.x-scala2.12', nodeTypeId: 'm5d.large' }
const fixed = { ...small, numWorkers: 1 }

const good = (name: string, spec: object): Row => ({ name, kind: 'DatabricksCluster', spec })
const bad = (name: string, spec: object, refused: Refusal): Row => ({ ...good(name, spec), refused })

const script = (kind: object) => ({ ...fixed, initScripts: [kind] })
const managed = (management: object) => ({ ...fixed, management })

const size: readonly Row[] = [
  good('a cluster of fixed size', fixed),
  good('a cluster without workers', { ...small, numWorkers: 0 }),
  good('a cluster that scales', { ...small, autoscale: { minWorkers: 1, maxWorkers: 4 } }),
  good('a range of one size', { ...small, autoscale: { minWorkers: 2, maxWorkers: 2 } }),
  good('a single node', { ...small, kind: 'CLASSIC_PREVIEW', isSingleNode: true }),
  good('a single node with zero workers', {
    ...small,
    kind: 'CLASSIC_PREVIEW',
    isSingleNode: true,
    numWorkers: 0,
  }),
  bad('a cluster without a size', small, { at: 'spec', says: 'exactly one of numWorkers, autoscale' }),
  bad(
    'a cluster with two sizes',
    { ...fixed, autoscale: { minWorkers: 1, maxWorkers: 4 } },
    { at: 'spec', says: 'exactly one of numWorkers, autoscale' },
  ),
  bad(
    'isSingleNode: false without a size',
    { ...small, kind: 'CLASSIC_PREVIEW', isSingleNode: false },
    { at: 'spec', says: 'exactly one of numWorkers, autoscale' },
  ),
  bad(
    'a single node with a worker',
    { ...fixed, kind: 'CLASSIC_PREVIEW', isSingleNode: true },
    { at: 'spec.isSingleNode', says: 'has no workers' },
  ),
  bad(
    'a single node that scales',
    {
      ...small,
      kind: 'CLASSIC_PREVIEW',
      isSingleNode: true,
      autoscale: { minWorkers: 0, maxWorkers: 1 },
    },
    { at: 'spec.isSingleNode', says: 'has no workers' },
  ),
  bad(
    'a single node without kind',
    { ...small, isSingleNode: true },
    { at: 'spec.isSingleNode', says: 'needs kind' },
  ),
  bad(
    'a range upside down',
    { ...small, autoscale: { minWorkers: 4, maxWorkers: 1 } },
    { at: 'spec.autoscale', says: 'must not be greater than maxWorkers' },
  ),
  bad(
    'a range without an end',
    { ...small, autoscale: { minWorkers: 1 } },
    { at: 'spec.autoscale.maxWorkers' },
  ),
  bad('a negative size', { ...small, numWorkers: -1 }, { at: 'spec.numWorkers' }),
  bad('half a worker', { ...small, numWorkers: 1.5 }, { at: 'spec.numWorkers' }),
  bad('a size in quotes', { ...small, numWorkers: '1' }, { at: 'spec.numWorkers' }),
]

const nodes: readonly Row[] = [
  good('nodes from pools', {
    clusterName: 'pooled',
    sparkVersion: '15.4.x-scala2.12',
    instancePoolId: 'pool-1',
    driverInstancePoolId: 'pool-2',
    numWorkers: 2,
  }),
  good('a node type left to the policy', {
    clusterName: 'policied',
    sparkVersion: '15.4.x-scala2.12',
    policyId: '0123456789ABCDEF',
    applyPolicyDefaultValues: true,
    numWorkers: 2,
  }),
  bad(
    'a node type beside a pool',
    { ...fixed, instancePoolId: 'pool-1' },
    { at: 'spec', says: 'at most one of nodeTypeId, instancePoolId' },
  ),
  bad(
    'two clouds at once',
    { ...fixed, awsAttributes: { zoneId: 'auto' }, gcpAttributes: { zoneId: 'HA' } },
    { at: 'spec', says: 'at most one of awsAttributes, azureAttributes, gcpAttributes' },
  ),
  good('everything on AWS', {
    ...fixed,
    awsAttributes: {
      availability: 'SPOT_WITH_FALLBACK',
      zoneId: 'auto',
      firstOnDemand: 1,
      instanceProfileArn: 'arn:aws:iam::123456789012:instance-profile/data',
      spotBidPricePercent: 100,
      ebsVolumeType: 'GENERAL_PURPOSE_SSD',
      ebsVolumeCount: 1,
      ebsVolumeSize: 100,
      ebsVolumeIops: 3000,
      ebsVolumeThroughput: 125,
    },
  }),
  good('everything on Azure', {
    ...fixed,
    azureAttributes: { availability: 'SPOT_AZURE', firstOnDemand: 1, spotBidMaxPrice: -1 },
  }),
  good('a spot price with a fraction', { ...fixed, azureAttributes: { spotBidMaxPrice: 0.25 } }),
  good('everything on Google Cloud', {
    ...fixed,
    gcpAttributes: { availability: 'ON_DEMAND_GCP', bootDiskSize: 100, localSsdCount: 0, zoneId: 'HA' },
  }),
  bad(
    'too many volumes',
    { ...fixed, awsAttributes: { ebsVolumeCount: 11 } },
    { at: 'spec.awsAttributes.ebsVolumeCount' },
  ),
  bad(
    'a spot price below -1',
    { ...fixed, azureAttributes: { spotBidMaxPrice: -2 } },
    { at: 'spec.azureAttributes.spotBidMaxPrice' },
  ),
]

const body: readonly Row[] = [
  bad('a cluster without a name', { sparkVersion: 'x', numWorkers: 1 }, { at: 'spec.clusterName' }),
  bad('a cluster without a version', { clusterName: 'x', numWorkers: 1 }, { at: 'spec.sparkVersion' }),
  good('spark settings with dots in their keys', {
    ...fixed,
    sparkConf: { 'spark.sql.shuffle.partitions': '200', 'spark.password': '{{secrets/scope/key}}' },
    sparkEnvVars: { STAGE: '' },
  }),
  bad(
    'a spark setting that is a number',
    { ...fixed, sparkConf: { 'spark.sql.shuffle.partitions': 200 } },
    { at: 'spec.sparkConf.spark.sql.shuffle.partitions' },
  ),
  bad('too many spark settings', { ...fixed, sparkConf: entries(257) }, { at: 'spec.sparkConf' }),
  bad(
    'an empty key',
    { ...fixed, sparkEnvVars: { '': 'value' } },
    { at: 'spec.sparkEnvVars', says: 'a key must have' },
  ),
  bad(
    'an endless key',
    { ...fixed, sparkEnvVars: { [longText(513)]: 'value' } },
    { at: 'spec.sparkEnvVars', says: 'a key must have' },
  ),
  good('44 tags', { ...fixed, customTags: entries(44) }),
  bad(
    '45 tags, one too many beside our mark',
    { ...fixed, customTags: entries(45) },
    { at: 'spec.customTags' },
  ),
  bad(
    'a forged mark',
    { ...fixed, customTags: { 'lakeward-owner': 'me' } },
    { at: 'spec.customTags', says: 'written by Lakeward itself' },
  ),
  bad(
    'a tag of Databricks’ own',
    { ...fixed, customTags: { Vendor: 'me' } },
    { at: 'spec.customTags', says: 'written by Databricks itself' },
  ),
  good('a tag as it would come back', { ...fixed, customTags: { x_Vendor: 'me' } }),
  good('a value of an enumeration that we do not know', { ...fixed, runtimeEngine: 'WARP_10' }),
  bad('an enumeration in lower case', { ...fixed, runtimeEngine: 'photon' }, { at: 'spec.runtimeEngine' }),
  good('autotermination switched off', { ...fixed, autoterminationMinutes: 0 }),
  good('autotermination', { ...fixed, autoterminationMinutes: 10 }),
  bad(
    'autotermination sooner than Databricks can',
    { ...fixed, autoterminationMinutes: 9 },
    { at: 'spec.autoterminationMinutes', says: 'from 10 to 10000' },
  ),
  bad(
    'autotermination in the far future',
    { ...fixed, autoterminationMinutes: 10_001 },
    { at: 'spec.autoterminationMinutes' },
  ),
  bad('a misspelled field', { ...fixed, nodeTypeID: 'x' }, { at: 'spec.nodeTypeID', says: 'unknown field' }),
  bad(
    'the name that Databricks uses',
    { ...fixed, policy_id: 'x' },
    { at: 'spec.policy_id', says: 'unknown field' },
  ),
  good('a name as long as it may be, in characters that take two units', {
    ...fixed,
    clusterName: '🧱'.repeat(256),
  }),
  bad('a name too long', { ...fixed, clusterName: '🧱'.repeat(257) }, { at: 'spec.clusterName' }),
]

const storage: readonly Row[] = [
  good('an init script in the workspace', script({ workspace: { destination: '/Users/ana/setup.sh' } })),
  good('an init script in a volume', script({ volumes: { destination: '/Volumes/main/a/b/setup.sh' } })),
  good('an init script in S3', script({ s3: { destination: 's3://b/setup.sh', region: 'us-west-2' } })),
  good('an init script of the image', script({ file: { destination: 'file:/my/setup.sh' } })),
  good('an init script in DBFS', script({ dbfs: { destination: 'dbfs:/setup.sh' } })),
  bad('an init script in a file without an address', script({ file: {} }), {
    at: 'spec.initScripts[0].file.destination',
  }),
  bad('an init script in DBFS without an address', script({ dbfs: {} }), {
    at: 'spec.initScripts[0].dbfs.destination',
  }),
  bad('an init script of no kind', script({}), { at: 'spec.initScripts[0]', says: 'exactly one of' }),
  bad(
    'an init script of two kinds',
    script({ workspace: { destination: '/a' }, volumes: { destination: '/b' } }),
    { at: 'spec.initScripts[0]', says: 'exactly one of' },
  ),
  bad('an init script without a place', script({ workspace: {} }), {
    at: 'spec.initScripts[0].workspace.destination',
  }),
  bad(
    'a bucket with a region and an endpoint',
    script({ s3: { destination: 's3://b/a', region: 'a', endpoint: 'b' } }),
    { at: 'spec.initScripts[0].s3', says: 'at most one of region, endpoint' },
  ),
  bad(
    'eleven init scripts',
    { ...fixed, initScripts: numbered(11, () => ({ workspace: { destination: '/a' } })) },
    { at: 'spec.initScripts' },
  ),
  good('logs to a volume', { ...fixed, clusterLogConf: { volumes: { destination: '/Volumes/main/a/b' } } }),
  bad(
    'logs to two places',
    { ...fixed, clusterLogConf: { volumes: { destination: '/a' }, dbfs: { destination: 'dbfs:/b' } } },
    { at: 'spec.clusterLogConf', says: 'exactly one of' },
  ),
]

const management: readonly Row[] = [
  good(
    'every setting of management',
    managed({
      mode: 'Correct',
      deletionPolicy: 'Retain',
      protect: true,
      onSpecChange: 'Hold',
      onDrift: 'WhenStopped',
      externalId: '0923-164208-meows279',
      interval: '10m',
      suspend: false,
    }),
  ),
  good('Observe with policies that then do nothing', managed({ mode: 'Observe', onDrift: 'Apply' })),
  bad('a mode that does not exist', managed({ mode: 'Enforce' }), { at: 'spec.management.mode' }),
  bad('a mode in lower case', managed({ mode: 'observe' }), { at: 'spec.management.mode' }),
  bad('a deletion policy for jobs only', managed({ deletionPolicy: 'Retire' }), {
    at: 'spec.management.deletionPolicy',
  }),
  bad('an empty id', managed({ externalId: '' }), { at: 'spec.management.externalId' }),
  bad('an id with a path in it', managed({ externalId: '../jobs' }), { at: 'spec.management.externalId' }),
  bad('an interval too short', managed({ interval: '1s' }), {
    at: 'spec.management.interval',
    says: 'from 30s to 24h',
  }),
  bad('protect in words', managed({ protect: 'yes' }), { at: 'spec.management.protect' }),
  bad('suspend in words', managed({ suspend: 'yes' }), { at: 'spec.management.suspend' }),
  good('a workspace in another namespace', {
    ...fixed,
    workspaceRef: { name: 'default', namespace: 'data' },
  }),
  bad('a workspace without a name', { ...fixed, workspaceRef: {} }, { at: 'spec.workspaceRef.name' }),
  bad(
    'a workspace with a name that Kubernetes cannot have',
    { ...fixed, workspaceRef: { name: 'My Workspace' } },
    { at: 'spec.workspaceRef.name' },
  ),
]

export const clusterRows: readonly Row[] = [...size, ...nodes, ...body, ...storage, ...management]
