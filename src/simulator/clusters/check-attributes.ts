import { invalidParameter, type Refusal } from '../http/refusal.ts'
import type { Switches } from '../switches.ts'
import { clouds, foreignBlocks } from './clouds.ts'
import type { ClusterSpec } from './spec.ts'

const mostTags = 45
const mostSshKeys = 10
const mostInitScripts = 10
const mostVolumes = 10
const mostSpotPercent = 10_000
const mostVolumeGibibytes = 4096

/** Refuses a spec. */
export const invalid = (problem: string): Refusal => invalidParameter(`Cluster validation error: ${problem}`)

/** The first setting beside version, size, machines and mode that is not legal. */
export const checkAttributes = (spec: ClusterSpec, switches: Switches): Refusal | undefined =>
  checkLimits(spec, switches) ??
  checkTags(spec, switches) ??
  checkCloud(spec, switches) ??
  checkVolumes(spec) ??
  checkDestinations(spec)

function checkLimits(spec: ClusterSpec, { limitInitScripts }: Switches): Refusal | undefined {
  const { autotermination_minutes: minutes = 0, ssh_public_keys = [], init_scripts = [] } = spec
  if (minutes !== 0 && (minutes < 10 || minutes > 10_000)) {
    return invalid('autotermination_minutes must be 0 or between 10 and 10000.')
  }
  if (ssh_public_keys.length > mostSshKeys)
    return invalid(`At most ${mostSshKeys} SSH public keys are allowed.`)
  if (limitInitScripts && init_scripts.length > mostInitScripts)
    return invalid(`At most ${mostInitScripts} init scripts are allowed.`)
  return undefined
}

const tagText = /^[\p{L}\p{N} +\-=._:/@]*$/u

function checkTags({ custom_tags = {} }: ClusterSpec, { limitTagTexts }: Switches): Refusal | undefined {
  const tags = Object.entries(custom_tags)
  if (tags.length > mostTags) return invalid(`At most ${mostTags} custom tags are allowed.`)
  if (!limitTagTexts) return undefined
  for (const [key, value] of tags) {
    if (key.length > 127 || value.length > 255)
      return invalid(
        `The custom tag '${key.slice(0, 127)}' is longer than 127 or its value than 255 characters.`,
      )
    if (!tagText.test(key) || !tagText.test(value))
      return invalid(`The custom tag '${key}' has characters that the cloud does not take.`)
  }
  return undefined
}

function checkCloud(spec: ClusterSpec, { cloud }: Switches): Refusal | undefined {
  const [block] = foreignBlocks(spec, cloud)
  if (block !== undefined)
    return invalid(`${block} cannot be set in a workspace on ${cloud}, which takes ${clouds[cloud].block}.`)
  const throughput = (['remote_disk_throughput', 'total_initial_remote_disk_size'] as const).find(
    (name) => spec[name] !== undefined,
  )
  return throughput !== undefined && cloud !== 'GCP'
    ? invalid(`${throughput} is only supported on GCP.`)
    : undefined
}

function checkVolumes({
  aws_attributes: aws = {},
  azure_attributes: azure = {},
}: ClusterSpec): Refusal | undefined {
  const { ebs_volume_count: count = 0, ebs_volume_size: size, ebs_volume_type: type } = aws
  if (count < 0 || count > mostVolumes)
    return invalid(`aws_attributes.ebs_volume_count must be between 0 and ${mostVolumes}.`)
  const least = type === 'THROUGHPUT_OPTIMIZED_HDD' ? 500 : 100
  if (size !== undefined && (size < least || size > mostVolumeGibibytes))
    return invalid(`aws_attributes.ebs_volume_size must be between ${least} and ${mostVolumeGibibytes}.`)
  const { spot_bid_price_percent: percent } = aws
  if (percent !== undefined && (percent < 1 || percent > mostSpotPercent))
    return invalid(`aws_attributes.spot_bid_price_percent must be between 1 and ${mostSpotPercent}.`)
  return azure.first_on_demand !== undefined && azure.first_on_demand < 1
    ? invalid('azure_attributes.first_on_demand must be greater than 0.')
    : undefined
}

function checkDestinations({ cluster_log_conf: logs, init_scripts = [] }: ClusterSpec): Refusal | undefined {
  if (logs !== undefined && Object.keys(logs).length !== 1)
    return invalid('cluster_log_conf needs exactly one of dbfs, s3 and volumes.')
  if (logs?.s3 !== undefined && logs.s3.region === undefined && logs.s3.endpoint === undefined)
    return invalid('cluster_log_conf.s3 needs a region or an endpoint.')
  const wrong = init_scripts.findIndex((script) => Object.keys(script).length !== 1)
  return wrong === -1
    ? undefined
    : invalid(`init_scripts.${wrong} needs exactly one of workspace, volumes, s3, abfss, gcs, file and dbfs.`)
}
