import { z } from 'zod'

const scalar = z.union([z.string(), z.number(), z.boolean()])

/** What every kind of rule may say besides: `hidden` is for forms only. */
const common = { hidden: z.boolean().optional() }

/** A rule that limits a value: the value must be there unless the rule says that it may be left out. */
const limiting = { ...common, isOptional: z.boolean().default(false), defaultValue: scalar.optional() }

/** One rule of a policy: what one attribute of a cluster may be. */
export const ruleSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('fixed'), value: scalar, ...common }),
  z.object({ type: z.literal('forbidden'), ...common }),
  z.object({ type: z.literal('allowlist'), values: z.array(scalar), ...limiting }),
  z.object({ type: z.literal('blocklist'), values: z.array(scalar), ...limiting }),
  z.object({ type: z.literal('regex'), pattern: z.string(), ...limiting }),
  z.object({
    type: z.literal('range'),
    minValue: z.number().optional(),
    maxValue: z.number().optional(),
    ...limiting,
  }),
  z.object({ type: z.literal('unlimited'), ...limiting }),
])

/** One rule, its defaults filled in. */
export type Rule = z.infer<typeof ruleSchema>

/** A value that a rule can speak of. */
export type Scalar = z.infer<typeof scalar>

/** What is wrong with a value that is there; undefined if nothing is. */
export function problemWith(value: unknown, rule: Rule): string | undefined {
  switch (rule.type) {
    case 'fixed':
      return isSame(value, rule.value) ? undefined : `must be ${rule.value}`
    case 'forbidden':
      return 'must not be set'
    case 'allowlist':
      return rule.values.some((allowed) => isSame(value, allowed))
        ? undefined
        : `must be one of ${rule.values.join(', ')}`
    case 'blocklist':
      return rule.values.some((blocked) => isSame(value, blocked))
        ? `must be none of ${rule.values.join(', ')}`
        : undefined
    case 'regex':
      return new RegExp(`^(?:${rule.pattern})$`).test(String(value))
        ? undefined
        : `must match ${rule.pattern}`
    case 'range':
      return problemWithRange(Number(value), rule)
    case 'unlimited':
      return undefined
    default:
      return rule satisfies never
  }
}

function problemWithRange(
  value: number,
  {
    minValue = -Infinity,
    maxValue = Infinity,
  }: { minValue?: number | undefined; maxValue?: number | undefined },
): string | undefined {
  if (value < minValue) return `must be at least ${minValue}`
  return value > maxValue ? `must be at most ${maxValue}` : undefined
}

/** Whether an attribute that is not there breaks the rule. */
export const isRequired = (rule: Rule): boolean =>
  rule.type === 'fixed' || (rule.type !== 'forbidden' && !rule.isOptional)

/** What a rule puts in the place of nothing: a fixed value always, a default only where it is asked for. */
export function fillingOf(rule: Rule, { withDefaults }: { withDefaults: boolean }): Scalar | undefined {
  if (rule.type === 'fixed') return rule.value
  return rule.type === 'forbidden' || !withDefaults ? undefined : rule.defaultValue
}

/** Values in maps such as spark_conf are texts, whatever the policy writes. */
const isSame = (value: unknown, other: Scalar): boolean => String(value) === String(other)
