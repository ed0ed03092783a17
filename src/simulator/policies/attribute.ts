import { dbusPerHour } from '../clusters/dbus.ts'
import type { Cloud } from '../clusters/clouds.ts'
import { clusterSpecSchema, type ClusterSpec } from '../clusters/spec.ts'
import type { Scalar } from './rule.ts'

/** What a cluster is made for, as the attribute `cluster_type` names it. */
export type ClusterType = 'all-purpose' | 'job'

/** A spec, and what a policy wants to know of it that does not stand in it. */
export interface Subject {
  readonly spec: ClusterSpec
  readonly type: ClusterType
  readonly cloud: Cloud
}

/** Attributes whose members have names of their own, which may hold dots. */
const maps = new Set(['spark_conf', 'spark_env_vars', 'custom_tags'])

/** Attributes that are not settings but follow from them; they can be limited, not filled. */
const virtual: Readonly<Record<string, (subject: Subject) => unknown>> = {
  cluster_type: ({ type }) => type,
  dbus_per_hour: ({ spec, cloud }) => dbusPerHour(spec, cloud),
}

/** Whether a path leads to the elements of a list, of which there may be none. */
export const isInList = (path: string): boolean =>
  segmentsOf(path).some((segment) => segment === '*' || /^\d+$/.test(segment))

/** Whether a rule about this path can put a value there. */
export const isFillable = (path: string): boolean => !Object.hasOwn(virtual, path) && !isInList(path)

/** Whether a spec says something at a path. */
export const isSet = (spec: ClusterSpec, path: string): boolean =>
  descend(spec, segmentsOf(path)).some((value) => value !== undefined)

/** The map that an attribute is a member of. */
export const mapOf = (path: string): string | undefined => {
  const [first = '', second] = segmentsOf(path)
  return maps.has(first) && second !== undefined ? first : undefined
}

/** The values at a path: one or none, or those of each element where the path has a `*`. */
export function valuesAt(subject: Subject, path: string): unknown[] {
  const compute = Object.hasOwn(virtual, path) ? virtual[path] : undefined
  const values = compute === undefined ? descend(subject.spec, segmentsOf(path)) : [compute(subject)]
  return values.filter((value) => value !== undefined)
}

/** A value for a path; undefined takes the attribute away. */
export type Setting = readonly [path: string, value: Scalar | undefined]

/**
 * A spec with other values at some paths. It stays as it is if they make no sense: a policy may fix a text
 * where a number belongs, and then no spec complies with it.
 */
export function withValues(spec: ClusterSpec, settings: readonly Setting[]): ClusterSpec {
  let result: unknown = spec
  for (const [path, value] of settings) {
    const isText = mapOf(path) !== undefined && value !== undefined
    result = replaced(result, segmentsOf(path), isText ? String(value) : value)
  }
  const parsed = clusterSpecSchema.safeParse(result)
  return parsed.success ? parsed.data : spec
}

function segmentsOf(path: string): string[] {
  const [first = '', ...rest] = path.split('.')
  return maps.has(first) && rest.length > 0 ? [first, rest.join('.')] : [first, ...rest]
}

function descend(value: unknown, [segment, ...rest]: readonly string[]): unknown[] {
  if (segment === undefined) return [value]
  if (segment === '*') return Array.isArray(value) ? value.flatMap((element) => descend(element, rest)) : []
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, segment)) return []
  return descend((value as Record<string, unknown>)[segment], rest)
}

function replaced(target: unknown, [segment, ...rest]: readonly string[], value: unknown): unknown {
  if (segment === undefined) return value
  const members = typeof target === 'object' && target !== null ? target : {}
  const { [segment]: former, ...others } = members as Record<string, unknown>
  const next = replaced(former, rest, value)
  return next === undefined ? others : { ...others, [segment]: next }
}
