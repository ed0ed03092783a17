import { atMostOneOf, exactlyOneOf, withRules } from '../rule.ts'
import { flag, object, orderedList, text } from '../shape.ts'

const path = (description: string) => text(description, { min: 1, max: 2048 })

const bucketRegion = {
  region: text('Region of the bucket, such as us-west-2.', { max: 64 }).optional(),
  endpoint: text('Endpoint of the bucket, such as https://s3-us-west-2.amazonaws.com.', {
    max: 2048,
  }).optional(),
}

/** The kinds of place that an init script may be in. */
export const scriptPlaces = ['workspace', 'volumes', 's3', 'abfss', 'gcs', 'file', 'dbfs'] as const

const script = withRules(
  object('One script, in exactly one kind of place.', {
    workspace: object('A file of the workspace.', {
      destination: path('Path, such as /Users/ana@example.com/setup.sh.'),
    }).optional(),
    volumes: object('A file in a Unity Catalog volume.', {
      destination: path('Path, such as /Volumes/main/tools/scripts/setup.sh.'),
    }).optional(),
    s3: withRules(
      object('A file in S3, read with the instance profile of the cluster.', {
        destination: path('Address, such as s3://bucket/setup.sh.'),
        ...bucketRegion,
      }),
      [atMostOneOf(['region', 'endpoint'], 'the bucket')],
    ).optional(),
    abfss: object('A file in Azure Data Lake Storage.', {
      destination: path('Address, such as abfss://container@account.dfs.core.windows.net/setup.sh.'),
    }).optional(),
    gcs: object('A file in Google Cloud Storage.', {
      destination: path('Address, such as gs://bucket/setup.sh.'),
    }).optional(),
    file: object('A file of the image that the nodes are made from.', {
      destination: path('Address, such as file:/my/setup.sh.'),
    }).optional(),
    dbfs: object('The Databricks file system; deprecated, and not everywhere taken.', {
      destination: path('Address, such as dbfs:/setup.sh.'),
    }).optional(),
  }),
  [exactlyOneOf(scriptPlaces, 'the place of an init script')],
)

/**
 * `initScripts` of a cluster: Databricks runs them one after the other, so that their order counts. At most 10, as
 * Databricks takes.
 */
export const initScripts = orderedList(
  'Scripts that run on every node when it starts, in this order.',
  script,
  { max: 10 },
)

/** `clusterLogConf` of a cluster. */
export const clusterLogConf = withRules(
  object(
    'Where the logs go, every five minutes, to DESTINATION/CLUSTER_ID. Exactly one kind of place. Databricks: cluster_log_conf.',
    {
      volumes: object('A Unity Catalog volume.', {
        destination: path('Path, such as /Volumes/main/logs/clusters.'),
      }).optional(),
      dbfs: object('The Databricks file system.', {
        destination: path('Address, such as dbfs:/cluster-logs.'),
      }).optional(),
      s3: withRules(
        object('A bucket in S3, written with the instance profile of the cluster.', {
          destination: path('Address, such as s3://bucket/logs.'),
          ...bucketRegion,
          enableEncryption: flag('Encrypt on the server side. Default: false.').optional(),
          encryptionType: text('sse-s3 or sse-kms. Default: sse-s3.', { max: 64 }).optional(),
          kmsKey: text('ARN of the key for sse-kms.', { max: 2048 }).optional(),
          cannedAcl: text('Canned ACL of what is written, such as bucket-owner-full-control.', {
            max: 64,
          }).optional(),
        }),
        [atMostOneOf(['region', 'endpoint'], 'the bucket')],
      ).optional(),
    },
  ),
  [exactlyOneOf(['volumes', 'dbfs', 's3'], 'the place of the logs')],
)
