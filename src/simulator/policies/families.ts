/** A ready-made definition that policies can build on. */
export interface PolicyFamily {
  readonly policy_family_id: string
  readonly name: string
  readonly description: string
  readonly definition: string
  /** The policy of this family that every workspace has. */
  readonly defaultPolicyId: string
}

const newest = { type: 'unlimited', defaultValue: 'auto:latest-lts', isOptional: true }
const sleepless = { type: 'range', minValue: 10, maxValue: 4320, defaultValue: 60, isOptional: true }

/** The families that the service brings along; their rules are shorter than the real ones. */
export const policyFamilies: readonly PolicyFamily[] = [
  {
    policy_family_id: 'personal-vm',
    name: 'Personal Compute',
    description: 'A single machine for one person.',
    definition: JSON.stringify({
      'spark_conf.spark.databricks.cluster.profile': { type: 'fixed', value: 'singleNode', hidden: true },
      'spark_conf.spark.master': { type: 'fixed', value: 'local[*]', hidden: true },
      'custom_tags.ResourceClass': { type: 'fixed', value: 'SingleNode', hidden: true },
      num_workers: { type: 'fixed', value: 0, hidden: true },
      spark_version: newest,
      data_security_mode: {
        type: 'allowlist',
        values: ['SINGLE_USER'],
        defaultValue: 'SINGLE_USER',
        isOptional: true,
      },
      autotermination_minutes: sleepless,
      instance_pool_id: { type: 'forbidden', hidden: true },
      cluster_type: { type: 'fixed', value: 'all-purpose' },
    }),
    defaultPolicyId: '001A2B3C4D5E6F01',
  },
  {
    policy_family_id: 'power-user',
    name: 'Power User Compute',
    description: 'Several machines for one person.',
    definition: JSON.stringify({
      spark_version: newest,
      autotermination_minutes: sleepless,
      'autoscale.min_workers': { type: 'unlimited', defaultValue: 1, isOptional: true },
      'autoscale.max_workers': { type: 'unlimited', defaultValue: 4, isOptional: true },
      cluster_type: { type: 'fixed', value: 'all-purpose' },
    }),
    defaultPolicyId: '001A2B3C4D5E6F02',
  },
  {
    policy_family_id: 'shared-compute',
    name: 'Shared Compute',
    description: 'Machines that several people use at once.',
    definition: JSON.stringify({
      spark_version: newest,
      data_security_mode: { type: 'fixed', value: 'USER_ISOLATION' },
      autotermination_minutes: sleepless,
      cluster_type: { type: 'fixed', value: 'all-purpose' },
    }),
    defaultPolicyId: '001A2B3C4D5E6F03',
  },
  {
    policy_family_id: 'job-cluster',
    name: 'Job Compute',
    description: 'Machines for the runs of a job.',
    definition: JSON.stringify({
      spark_version: newest,
      cluster_type: { type: 'fixed', value: 'job' },
    }),
    defaultPolicyId: '001A2B3C4D5E6F04',
  },
]

/** The family with this id. */
export const familyWithId = (id: string): PolicyFamily | undefined =>
  policyFamilies.find(({ policy_family_id }) => policy_family_id === id)
