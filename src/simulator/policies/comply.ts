import type { ClusterSpec } from '../clusters/spec.ts'
import {
  isFillable,
  isInList,
  isSet,
  mapOf,
  valuesAt,
  withValues,
  type Setting,
  type Subject,
} from './attribute.ts'
import type { Rules } from './definition.ts'
import { fillingOf, isRequired, problemWith, type Rule, type Scalar } from './rule.ts'

/** What is wrong by the path of the attribute. */
export type Violations = Readonly<Record<string, string>>

const mostViolations = 200

/** A spec with what the policy puts in: its fixed values, and its defaults where the spec asks for them. */
export function filled(spec: ClusterSpec, rules: Rules): ClusterSpec {
  const withDefaults = spec.apply_policy_default_values === true
  const fillings = [...rules].flatMap(([path, rule]): Setting[] => {
    const value = fillingOf(rule, { withDefaults })
    const isOpen = isFillable(path) && !isSet(spec, path) && !excludesSize(spec, path)
    return value === undefined || !isOpen ? [] : [[path, value]]
  })
  return fillings.length === 0 ? spec : withValues(spec, fillings)
}

/** The two forms of a size exclude each other: one is not filled where the other was sent. */
const excludesSize = ({ num_workers, autoscale }: ClusterSpec, path: string): boolean =>
  path === 'num_workers'
    ? autoscale !== undefined
    : path.startsWith('autoscale.') && num_workers !== undefined

/** What a policy does not allow in a spec; empty if it complies. */
export function violations(subject: Subject, rules: Rules): Violations {
  const found: Record<string, string> = {}
  for (const [path, rule] of rules) {
    const problem = violation(subject, path, rule)
    if (problem !== undefined) found[path] = problem
    if (Object.keys(found).length === mostViolations) break
  }
  return found
}

function violation(subject: Subject, path: string, rule: Rule): string | undefined {
  const values = valuesAt(subject, path)
  if (values.length === 0) {
    // A rule about the elements of a list says nothing about a list that has none.
    return isRequired(rule) && !isInList(path) ? missing(path, rule) : undefined
  }
  for (const value of values) {
    const problem = problemWith(value, rule)
    if (problem !== undefined)
      return `Validation failed for ${path}, the value ${problem} (is "${String(value)}")`
  }
  return undefined
}

function missing(path: string, rule: Rule): string {
  const map = mapOf(path)
  if (map !== undefined) return `Validation failed for ${map}, ${path.slice(map.length + 1)} must be present`
  const wish = rule.type === 'fixed' ? `must be ${rule.value}` : 'must be present'
  return `Validation failed for ${path}, the value ${wish} (is "not set")`
}

/** One change that makes a spec comply. */
export interface Correction {
  readonly field: string
  readonly previous: unknown
  readonly value: Scalar | undefined
}

/** The changes after which a spec complies, as far as the rules say what to do. */
export function corrections(subject: Subject, rules: Rules): Correction[] {
  return Object.keys(violations(subject, rules)).flatMap((field) => {
    const rule = rules.get(field)
    if (rule === undefined || !isFillable(field)) return []
    const [previous] = valuesAt(subject, field)
    const value = nearestTo(previous, rule)
    return value === undefined && rule.type !== 'forbidden' ? [] : [{ field, previous, value }]
  })
}

function nearestTo(value: unknown, rule: Rule): Scalar | undefined {
  switch (rule.type) {
    case 'fixed':
      return rule.value
    case 'range':
      return value === undefined
        ? (rule.defaultValue ?? rule.minValue ?? rule.maxValue)
        : Math.min(Math.max(Number(value), rule.minValue ?? -Infinity), rule.maxValue ?? Infinity)
    case 'allowlist':
      return rule.defaultValue ?? rule.values[0]
    case 'blocklist':
    case 'regex':
    case 'unlimited':
      return rule.defaultValue
    case 'forbidden':
      return undefined
    default:
      return rule satisfies never
  }
}
