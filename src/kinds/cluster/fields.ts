import { prefixed, type Rule } from '../../drift/rules.ts'
import type { Value } from '../../drift/value.ts'
import { markKey } from '../mark.ts'
import { scriptPlaces } from './storage.ts'

/*
 * How the fields of a cluster are compared; nearly the same for an all-purpose cluster and for one that a job makes.
 * What has no row is compared exactly, and zero when not named (cluster name, versions, pool and policy ids).
 * https://docs.databricks.com/api/workspace/clusters/get
 */

/** Versions of old have their engine in their name, and no other. */
const engineOf = (version: Value): Value | undefined =>
  typeof version === 'string' && version.includes('-photon-') ? 'PHOTON' : undefined

/** With a pool, these come from it: sent or compared, they contradict it. */
const fromPool = { silentWhile: '../instancePoolId' } as const

const general: Rule[] = [
  {
    path: '',
    suppliedBy: 'policyId',
    reason: 'a policy adds values of its own; only what contradicts or left the manifest is a difference',
  },
  {
    path: '',
    refilledBy: ['policyId', 'applyPolicyDefaultValues'],
    reason: 'defaults of the policy that were sent back would stay when the policy changes',
  },
  {
    path: 'dataSecurityMode',
    serverDefault: true,
    alias: [
      ['DATA_SECURITY_MODE_DEDICATED', 'SINGLE_USER'],
      ['DATA_SECURITY_MODE_STANDARD', 'USER_ISOLATION'],
      ['DATA_SECURITY_MODE_AUTO', 'SINGLE_USER'],
      ['DATA_SECURITY_MODE_AUTO', 'USER_ISOLATION'],
    ],
    reason: 'Databricks chooses one when none is sent, and reads new names back as the old ones',
  },
  {
    path: 'singleUserName',
    serverDefault: true,
    caseless: true,
    reason: 'becomes the creator when the mode is single-user; e-mail addresses have no case',
  },
  {
    path: 'runtimeEngine',
    default: ['STANDARD', 'NULL'],
    derived: { from: 'sparkVersion', gives: engineOf },
    reason:
      'sometimes filled in, for old versions with PHOTON; anything else costs differently and was somebody’s choice',
  },
  {
    path: 'enableElasticDisk',
    serverDefault: true,
    silentWhile: 'instancePoolId',
    reason: 'filled in by cloud',
  },
  { path: 'enableLocalDiskEncryption', serverDefault: true, reason: 'filled in' },
]

const size: Rule[] = [
  {
    path: 'numWorkers',
    silentWhile: ['autoscale', 'isSingleNode'],
    reason: 'reads back as the present size while autoscaling, and is written by Databricks on a single node',
  },
  {
    path: 'autoscale',
    unit: true,
    whole: true,
    excludedBy: ['numWorkers', 'isSingleNode'],
    reason:
      'numWorkers and autoscale are two forms of one thing, the size; one bound alone may contradict the other',
  },
  {
    path: 'nodeTypeId',
    serverDefault: true,
    silentWhile: 'instancePoolId',
    reason: 'decided by the pool or the policy, if there is one',
  },
  {
    path: 'driverNodeTypeId',
    serverDefault: true,
    follows: 'nodeTypeId',
    silentWhile: 'instancePoolId',
    reason: 'reads back as that of the workers when it was not sent',
  },
  { path: 'instancePoolId', excludedBy: 'nodeTypeId', reason: 'a pool decides the node type instead' },
  {
    path: 'driverInstancePoolId',
    serverDefault: true,
    follows: 'instancePoolId',
    reason: 'reads back as that of the workers when it was not sent',
  },
]

const maps: Rule[] = [
  {
    path: 'sparkConf',
    entries: 'Open',
    guarded: true,
    reason: 'Databricks, policies and people add keys; people put passwords in',
  },
  {
    path: 'sparkConf["spark.databricks.delta.preview.enabled"]',
    serverDefault: true,
    reason: 'added on read to clusters of older making',
  },
  {
    path: 'sparkConf["spark.master"]',
    silentWhile: '../isSingleNode',
    reason: 'written by Databricks on a single node',
  },
  {
    path: 'sparkConf["spark.databricks.cluster.profile"]',
    silentWhile: '../isSingleNode',
    reason: 'written by Databricks on a single node',
  },
  {
    path: 'sparkEnvVars',
    entries: 'Open',
    guarded: true,
    reason: 'Databricks, policies and people add variables; people put passwords in',
  },
  {
    path: 'sparkEnvVars.PYSPARK_PYTHON',
    default: ['/databricks/python3/bin/python3'],
    reason: 'added on read',
  },
  { path: 'customTags', entries: 'Exact', reason: 'a tag decides who pays: one added by hand is drift' },
  { path: `customTags.${markKey}`, computed: true, reason: 'our mark, which never comes from a manifest' },
  {
    path: 'customTags.ResourceClass',
    silentWhile: '../isSingleNode',
    reason: 'written by Databricks on a single node',
  },
]

const aws: Rule[] = [
  { path: 'availability', ...fromPool, default: ['SPOT_WITH_FALLBACK'], reason: 'filled in' },
  {
    path: 'zoneId',
    ...fromPool,
    serverDefault: true,
    wantedAny: 'auto',
    reason: 'the zone where the nodes were placed is read back',
  },
  { path: 'firstOnDemand', ...fromPool, default: [0, 1], reason: 'filled in: the driver on demand' },
  { path: 'spotBidPricePercent', ...fromPool, default: [100], numeric: true, reason: 'filled in' },
  { path: 'ebsVolumeType', ...fromPool, reason: 'decided by the pool' },
  { path: 'ebsVolumeCount', ...fromPool, reason: 'decided by the pool' },
  { path: 'ebsVolumeSize', ...fromPool, reason: 'decided by the pool' },
  { path: 'ebsVolumeIops', ...fromPool, reason: 'decided by the pool' },
  { path: 'ebsVolumeThroughput', ...fromPool, reason: 'decided by the pool' },
]

const azure: Rule[] = [
  { path: 'availability', ...fromPool, default: ['ON_DEMAND_AZURE'], reason: 'filled in' },
  { path: 'firstOnDemand', ...fromPool, default: [0, 1], reason: 'filled in: the driver on demand' },
  {
    path: 'spotBidMaxPrice',
    ...fromPool,
    default: [-1],
    numeric: true,
    reason: 'filled in; a price is a decimal and may be spelled in more than one way',
  },
  { path: 'capacityReservationGroup', ...fromPool, reason: 'decided by the pool' },
]

const gcp: Rule[] = [
  { path: 'availability', ...fromPool, default: ['ON_DEMAND_GCP'], reason: 'filled in' },
  { path: 'firstOnDemand', ...fromPool, default: [0, 1], reason: 'filled in: the driver on demand' },
  {
    path: 'zoneId',
    ...fromPool,
    default: ['HA', 'AUTO'],
    wantedAny: 'AUTO',
    caseless: true,
    reason: 'filled in; AUTO is placed somewhere, and is spelled in more than one way',
  },
  { path: 'bootDiskSize', ...fromPool, reason: 'decided by the pool' },
  { path: 'localSsdCount', ...fromPool, reason: 'decided by the pool' },
  {
    path: 'confidentialComputeType',
    ...fromPool,
    default: ['CONFIDENTIAL_COMPUTE_TYPE_NONE'],
    reason: 'none is the same as not set',
  },
]

const logPlaces = ['volumes', 'dbfs', 's3']

/** One kind of place rules out the others. */
const oneOf = (places: readonly string[]): Rule[] =>
  places.map((place) => ({
    path: place,
    unit: true,
    excludedBy: places.filter((other) => other !== place),
    reason: 'there is exactly one kind of place',
  }))

/** Of every cluster. Init scripts are an ordered list: they run in their order. */
const commonRules: readonly Rule[] = [
  ...general,
  ...size,
  ...maps,
  ...prefixed('awsAttributes', aws),
  ...prefixed('azureAttributes', azure),
  ...prefixed('gcpAttributes', gcp),
  ...prefixed('initScripts[]', oneOf(scriptPlaces)),
  ...prefixed('clusterLogConf', oneOf(logPlaces)),
]

/** The rules of an all-purpose cluster. */
export const clusterRules: readonly Rule[] = [
  ...commonRules,
  {
    path: 'applyPolicyDefaultValues',
    serverDefault: true,
    reason: 'read back among the settings last sent; it says what an edit takes from the policy',
  },
]

/** The rules of a cluster that a job makes. */
export const newClusterRules: readonly Rule[] = [
  ...commonRules,
  { path: 'applyPolicyDefaultValues', writeOnly: true, reason: 'never read back' },
]
