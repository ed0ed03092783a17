import type { z } from 'zod'

/** A CEL rule as the CRD carries it; the API server refuses a manifest that breaks it. */
export interface CelRule {
  /** CEL over `self` (and `oldSelf` in a transition rule); only functions that Kubernetes 1.29 knows. */
  readonly rule: string
  /** What is wrong and what to do, for the person who applied the manifest. */
  readonly message: string
  /** The member the message is about, from where the rule stands: `.autoscale`. */
  readonly fieldPath?: string
}

/**
 * The same rule twice: in CEL for the API server, as a predicate for objects that were stored before
 * the rule existed. One table of manifests in test/manifests holds both to the same answers.
 */
export interface Rule<T> extends CelRule {
  readonly holds: (value: T) => boolean
}

/** Attaches rules to a schema: the predicates as refinements, the CEL as metadata for the CRD. */
export function withRules<S extends z.ZodType>(schema: S, rules: readonly Rule<z.output<S>>[]): S {
  const before = celRules(schema)
  const refined = schema.superRefine((value, context) => {
    for (const { holds, message, fieldPath } of rules) {
      if (!holds(value)) context.addIssue({ code: 'custom', message, path: segments(fieldPath) })
    }
  })
  const added = rules.map(({ rule, message, fieldPath }) =>
    fieldPath === undefined ? { rule, message } : { rule, message, fieldPath },
  )
  return refined.meta({ 'x-kubernetes-validations': [...before, ...added] })
}

/** The CEL rules that a schema carries so far. */
function celRules(schema: z.ZodType): CelRule[] {
  const rules = schema.meta()?.['x-kubernetes-validations']
  return Array.isArray(rules) ? (rules as CelRule[]) : []
}

const segments = (fieldPath = ''): string[] => fieldPath.split('.').filter((segment) => segment !== '')

/** Members of which a rule counts how many are present. */
type Choice<T> = readonly (keyof T & string)[]

/** Exactly one of the members is present. */
export function exactlyOneOf<T extends object>(members: Choice<T>, what: string): Rule<T> {
  return {
    rule: `[${members.map((member) => `has(self.${member})`).join(', ')}].exists_one(present, present)`,
    message: `${what}: set exactly one of ${members.join(', ')}`,
    holds: (value) => present(value, members) === 1,
  }
}

/** None or one of the members is present. */
export function atMostOneOf<T extends object>(members: Choice<T>, what: string): Rule<T> {
  return {
    rule: `[${members.map((member) => `has(self.${member})`).join(', ')}].filter(present, present).size() <= 1`,
    message: `${what}: set at most one of ${members.join(', ')}`,
    holds: (value) => present(value, members) <= 1,
  }
}

/** `member` may only stand beside `needed`. */
export function onlyWith<T extends object>(member: keyof T & string, needed: keyof T & string): Rule<T> {
  return {
    rule: `!has(self.${member}) || has(self.${needed})`,
    message: `${member} needs ${needed} beside it`,
    fieldPath: `.${member}`,
    holds: (value) => value[member] === undefined || value[needed] !== undefined,
  }
}

function present<T extends object>(value: T, members: Choice<T>): number {
  return members.filter((member) => value[member] !== undefined).length
}
