import type { Json } from '../../src/databricks/json.ts'
import type { Chance } from './chance.ts'
import type { Leaf } from './leaves.ts'

/** What somebody makes of a field in the web interface, and by which path that has to be seen. */
export interface Edit {
  leaf: Leaf
  to: Json
  path: string
}

/** Enumerations and what is checked like one, by field. */
const others: Readonly<Record<string, readonly string[]>> = {
  sparkVersion: ['13.3.x-scala2.12', '12.2.x-scala2.12'],
  nodeTypeId: ['r5d.xlarge', 'c5d.xlarge'],
  driverNodeTypeId: ['r5d.xlarge', 'c5d.xlarge'],
  runtimeEngine: ['STANDARD', 'PHOTON'],
  dataSecurityMode: ['NONE', 'USER_ISOLATION'],
  availability: ['SPOT', 'ON_DEMAND', 'SPOT_WITH_FALLBACK'],
  ebsVolumeType: ['THROUGHPUT_OPTIMIZED_HDD', 'GENERAL_PURPOSE_SSD'],
  timezoneId: ['Asia/Tokyo', 'UTC'],
  quartzCronExpression: ['0 0 12 ? * MON', '0 15 3 * * ?'],
  pauseStatus: ['PAUSED', 'UNPAUSED'],
  runIf: ['ALL_DONE', 'AT_LEAST_ONE_SUCCESS', 'ALL_SUCCESS'],
  userName: ['ana@example.com', 'ben@example.com'],
}

/** Fields that only make sense together with another one. */
const bound: ReadonlySet<string> = new Set([
  // Names a cluster of the job.
  'jobClusterKey',
  // Smaller volumes than a hard disk can have would be refused.
  'ebsVolumeType',
])

/** Databricks keeps a zero for these as if nothing had been said. */
const smallest: Readonly<Record<string, number>> = { autoterminationMinutes: 30 }

/**
 * The edit of one field; undefined where none is possible that Databricks takes. Whatever is added holds the mask: a
 * value that nobody may see again.
 */
export function editOf(leaf: Leaf, chance: Chance): Edit | undefined {
  if (bound.has(leaf.field)) return undefined
  const { value, path, field } = leaf
  // Who runs a job is one value, whichever member says so.
  const at = field === 'userName' ? path.replace(/\.userName$/, '') : path
  if (typeof value === 'number') return { leaf, to: smallest[field] ?? value + 1, path: at }
  if (typeof value === 'boolean') return { leaf, to: !value, path: at }
  if (typeof value === 'string') {
    const choice = leaf.isMapEntry ? undefined : others[field]?.filter((other) => other !== value)
    return { leaf, to: choice === undefined ? `${value}${chance.text(3)}` : chance.pick(choice), path: at }
  }
  return Array.isArray(value) ? editOfList(leaf, value) : undefined
}

function editOfList(leaf: Leaf, value: readonly unknown[]): Edit | undefined {
  const { path, field } = leaf
  switch (field) {
    case 'dependsOn': {
      const [first, ...rest] = value as { taskKey: string }[]
      if (first === undefined) return undefined
      return {
        leaf,
        to: rest.map(({ taskKey }) => ({ task_key: taskKey })),
        path: `${path}[${first.taskKey}]`,
      }
    }
    case 'libraries': {
      const to = [...(value as Json[]), { jar: '/Volumes/main/bronze/landing/by-hand.jar' }]
      return { leaf, to, path: `${path}[jar:/Volumes/main/bronze/landing/by-hand.jar]` }
    }
    case 'parameters':
      return { leaf, to: [...(value as string[]), 'by-hand'], path }
    case 'onFailure':
    case 'onSuccess':
      return {
        leaf,
        to: [...(value as string[]), 'stranger@example.com'],
        path: `${path}[stranger@example.com]`,
      }
    default:
      return undefined
  }
}
