import { invalidParameter, type Refusal } from '../http/refusal.ts'
import { clusterSpecSchema, type ClusterSpec } from './spec.ts'

type Tree = { [key: string]: unknown }

const isTree = (value: unknown): value is Tree =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Fields whose members a mask may name one by one; maps and lists are replaced whole. */
const nestable = new Set([
  'aws_attributes',
  'azure_attributes',
  'gcp_attributes',
  'autoscale',
  'workload_type',
  'docker_image',
  'cluster_log_conf',
])

/**
 * The spec that clusters/update leads to. Every field in the mask takes the value in `changes`, or is
 * cleared if it is absent there; `*` replaces the whole spec.
 */
export function applyMask(spec: ClusterSpec, mask: string, changes: ClusterSpec): ClusterSpec | Refusal {
  if (mask === '*') return changes
  const result: Tree = structuredClone(spec)
  for (const path of mask.split(',')) {
    const refusal = checkPath(path) ?? copy(path.split('.'), changes, result)
    if (refusal !== undefined) return refusal
  }
  // The two forms of a size exclude each other: naming one with a value takes the place of the other.
  if (mask.split(',').includes('num_workers') && changes.num_workers !== undefined) delete result['autoscale']
  if (/(^|,)autoscale/.test(mask) && changes.autoscale !== undefined) delete result['num_workers']
  return clusterSpecSchema.parse(result)
}

function checkPath(path: string): Refusal | undefined {
  const [field = '', ...rest] = path.split('.')
  const isKnown = Object.hasOwn(clusterSpecSchema.shape, field)
  if (!isKnown) return invalidParameter(`update_mask names '${path}', which is not a field of a cluster.`)
  if (rest.length === 0 || nestable.has(field)) return undefined
  return invalidParameter(
    `update_mask names '${path}': an element of a list or map cannot be named, only '${field}'.`,
  )
}

function copy(path: readonly string[], from: Tree, to: Tree): Refusal | undefined {
  const [key = '', ...rest] = path
  if (rest.length === 0) {
    if (from[key] === undefined) delete to[key]
    else to[key] = from[key]
    return undefined
  }
  const source = from[key]
  const target = to[key] ?? {}
  if (!isTree(target)) return invalidParameter(`update_mask: '${key}' has no members.`)
  to[key] = target
  return copy(rest, isTree(source) ? source : {}, target)
}
