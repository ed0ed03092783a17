import type { ClusterSpec } from './spec.ts'

/** With this flag the server itself adds the conf and the tag that older clients have to send. */
export const isFlaggedSingleNode = ({ kind, is_single_node }: ClusterSpec): boolean =>
  kind !== undefined && is_single_node === true

/** A cluster without workers: by the newer flag, or by the three settings that older clients send. */
export const isSingleNode = (spec: ClusterSpec): boolean =>
  isFlaggedSingleNode(spec) ||
  (spec.spark_conf?.['spark.databricks.cluster.profile'] === 'singleNode' &&
    spec.spark_conf['spark.master']?.startsWith('local[') === true &&
    spec.custom_tags?.['ResourceClass'] === 'SingleNode')

/** What the server adds to a spec that has the flag. */
export const withSingleNode = (spec: ClusterSpec): ClusterSpec =>
  isFlaggedSingleNode(spec)
    ? {
        ...spec,
        spark_conf: {
          'spark.databricks.cluster.profile': 'singleNode',
          'spark.master': 'local[*]',
          ...spec.spark_conf,
        },
        custom_tags: { ...spec.custom_tags, ResourceClass: 'SingleNode' },
      }
    : spec
