import type { z } from 'zod'

import { atMostOneOf, onlyWith, type Rule, withRules } from '../rule.ts'
import { flag, int32, mapOf, object, openEnum, text } from '../shape.ts'
import { tagMap } from '../tags.ts'
import { awsAttributes, azureAttributes, gcpAttributes } from './cloud-attributes.ts'
import { clusterLogConf, initScripts } from './storage.ts'

/*
 * One description of a cluster for both who needs it: the all-purpose cluster and the clusters that a job
 * makes for its runs.
 */

const autoscale = withRules(
  object('Grow and shrink with the load, instead of numWorkers.', {
    minWorkers: int32('Workers to start with and never go below.'),
    maxWorkers: int32('Workers never to go above.', { min: 1 }),
  }),
  [
    {
      rule: 'self.minWorkers <= self.maxWorkers',
      message: 'minWorkers must not be greater than maxWorkers',
      holds: ({ minWorkers, maxWorkers }) => minWorkers <= maxWorkers,
    },
  ],
)

/** Databricks answers x_Vendor for Vendor, so such a tag would differ for ever. */
const ownTags = ['Vendor', 'Creator', 'ClusterName', 'ClusterId']

const customTags = withRules(
  tagMap(
    'Tags for the cluster and its cloud resources; at most 44, as one of 45 is the mark of Lakeward.',
    44,
  ),
  [
    {
      rule: ownTags.map((key) => `!('${key}' in self)`).join(' && '),
      message: `the tags ${ownTags.join(', ')} are written by Databricks itself: choose other keys`,
      holds: (tags) => !ownTags.some((key) => Object.hasOwn(tags, key)),
    },
  ],
)

const id = (description: string) => text(description, { min: 1, max: 256 })

/** The fields that both have. */
export const bodyShape = {
  sparkVersion: text('Databricks Runtime version key, such as 15.4.x-scala2.12.', { min: 1, max: 128 }),
  nodeTypeId: id(
    'Node type of the workers, such as m5d.large. Needed unless instancePoolId or the policy decides.',
  ).optional(),
  driverNodeTypeId: id('Node type of the driver. Default: that of the workers.').optional(),
  instancePoolId: id('Pool that the workers come from, instead of nodeTypeId.').optional(),
  driverInstancePoolId: id('Pool that the driver comes from. Default: that of the workers.').optional(),
  numWorkers: int32('Fixed number of workers beside the driver. Exactly one of numWorkers and autoscale.', {
    max: 100_000,
  }).optional(),
  autoscale: autoscale.optional(),
  sparkConf: mapOf(
    'Spark settings, values as strings. Only the keys named here are ours; {{secrets/SCOPE/KEY}} refers to a secret.',
    { maxEntries: 256, maxValue: 8192 },
  ).optional(),
  sparkEnvVars: mapOf(
    'Environment of the driver and the workers, values as strings. Only the keys named here are ours.',
    { maxEntries: 256, maxValue: 8192 },
  ).optional(),
  customTags: customTags.optional(),
  dataSecurityMode: openEnum(
    'Who may use it and how isolated: DATA_SECURITY_MODE_AUTO, DATA_SECURITY_MODE_STANDARD, DATA_SECURITY_MODE_DEDICATED, SINGLE_USER, USER_ISOLATION, NONE. Default: chosen by Databricks.',
  ).optional(),
  singleUserName: text('User, group or service principal (application id) of a dedicated cluster.', {
    min: 1,
    max: 256,
  }).optional(),
  runtimeEngine: openEnum('STANDARD or PHOTON. Default: by sparkVersion.').optional(),
  policyId: id('Cluster policy that applies.').optional(),
  applyPolicyDefaultValues: flag(
    'Take the default values of the policy too, not only the fixed ones. Default: false.',
  ).optional(),
  kind: openEnum(
    'CLASSIC_PREVIEW lets Databricks derive settings from isSingleNode and useMlRuntime.',
  ).optional(),
  isSingleNode: flag('A driver without workers; instead of a size. Needs kind.').optional(),
  useMlRuntime: flag('The machine learning runtime of sparkVersion. Needs kind.').optional(),
  awsAttributes: awsAttributes.optional(),
  azureAttributes: azureAttributes.optional(),
  gcpAttributes: gcpAttributes.optional(),
  enableElasticDisk: flag('Add disk space when it runs low. Default: chosen by Databricks.').optional(),
  enableLocalDiskEncryption: flag('Encrypt local disks. Default: false.').optional(),
  initScripts: initScripts.optional(),
  clusterLogConf: clusterLogConf.optional(),
}

/** What the manifest of a cluster and a new cluster of a job have in common. */
export type BodyFields = z.output<z.ZodObject<typeof bodyShape>>

const oneSize: Rule<BodyFields> = {
  rule: '(has(self.isSingleNode) && self.isSingleNode) || has(self.numWorkers) != has(self.autoscale)',
  message: 'the size: set exactly one of numWorkers, autoscale (or isSingleNode: true)',
  holds: ({ isSingleNode, numWorkers, autoscale }) =>
    isSingleNode === true || (numWorkers !== undefined) !== (autoscale !== undefined),
}

/** Databricks sets the size of a single node itself; another size beside it would differ for ever. */
const singleNodeHasNoSize: Rule<BodyFields> = {
  rule: '!(has(self.isSingleNode) && self.isSingleNode) || (!has(self.autoscale) && (!has(self.numWorkers) || self.numWorkers == 0))',
  message: 'isSingleNode: true has no workers: remove autoscale, and numWorkers unless it is 0',
  fieldPath: '.isSingleNode',
  holds: ({ isSingleNode, numWorkers, autoscale }) =>
    isSingleNode !== true || (autoscale === undefined && (numWorkers ?? 0) === 0),
}

/** What shape cannot say about a cluster. */
export const bodyRules: readonly Rule<BodyFields>[] = [
  oneSize,
  singleNodeHasNoSize,
  onlyWith('isSingleNode', 'kind'),
  onlyWith('useMlRuntime', 'kind'),
  atMostOneOf(['nodeTypeId', 'instancePoolId'], 'the node type'),
  atMostOneOf(['awsAttributes', 'azureAttributes', 'gcpAttributes'], 'the cloud'),
]
