import { z } from 'zod'
import { invalidParameter, type Refusal } from '../http/refusal.ts'
import { clusterSpecSchema, type ClusterSpec } from './spec.ts'

type Tree = { [key: string]: unknown }

const isTree = (value: unknown): value is Tree =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** What clusters/update can change: all but the flag of the policy. */
export const updatableSchema = clusterSpecSchema.omit({ apply_policy_default_values: true })

/** Everything that a mask may name; maps and lists are replaced whole, so their members are not among it. */
const legalPaths: ReadonlySet<string> = new Set(pathsIn(updatableSchema))

function pathsIn(schema: unknown): string[] {
  if (schema instanceof z.ZodOptional) return pathsIn(schema.unwrap())
  if (!(schema instanceof z.ZodObject)) return []
  return Object.entries(schema.shape as Record<string, unknown>).flatMap(([name, member]) => [
    name,
    ...pathsIn(member).map((path) => `${name}.${path}`),
  ])
}

/**
 * The spec that clusters/update leads to. Every field in the mask takes the value in `changes`, or is
 * cleared if it is absent there; `*` replaces the whole spec.
 */
export function applyMask(spec: ClusterSpec, mask: string, changes: ClusterSpec): ClusterSpec | Refusal {
  const { apply_policy_default_values } = spec
  if (mask === '*') return { ...changes, ...(apply_policy_default_values && { apply_policy_default_values }) }
  const paths = mask.split(',')
  const illegal = paths.find((path) => !legalPaths.has(path))
  if (illegal !== undefined) return refusePath(illegal)
  const result: Tree = structuredClone(spec)
  for (const path of paths) copy(path.split('.'), changes, result)
  // The two forms of a size exclude each other: naming one with a value takes the place of the other.
  if (paths.includes('num_workers') && changes.num_workers !== undefined) delete result['autoscale']
  if (/(^|,)autoscale/.test(mask) && changes.autoscale !== undefined) delete result['num_workers']
  const parsed = clusterSpecSchema.safeParse(result)
  if (parsed.success) return parsed.data
  const field = parsed.error.issues[0]?.path.join('.') ?? ''
  return invalidParameter(`update_mask leaves a cluster without '${field}', which it needs.`)
}

function refusePath(path: string): Refusal {
  const [field = ''] = path.split('.')
  return invalidParameter(
    legalPaths.has(field)
      ? `update_mask names '${path}', which cannot be named: only fields can, not elements of '${field}'.`
      : `update_mask names '${path}', which is not a field of a cluster.`,
  )
}

function copy([key = '', ...rest]: readonly string[], from: Tree, to: Tree): void {
  if (rest.length > 0) {
    const source = from[key]
    const target = isTree(to[key]) ? to[key] : {}
    to[key] = target
    return copy(rest, isTree(source) ? source : {}, target)
  }
  if (from[key] === undefined) delete to[key]
  else to[key] = from[key]
}
