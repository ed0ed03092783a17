import { z } from 'zod'
import { deliveries, ruleSchema, type Fault } from './fault.ts'
import { fits } from './match.ts'
import { presetNames, presets } from './presets.ts'

/** Trouble to order: what should go wrong with which calls. */
export const faultSchema = z
  .looseObject({ preset: z.enum(presetNames).optional() })
  .transform(({ preset, ...rule }) => ({ ...(preset && presets[preset]), ...rule }))
  .pipe(
    ruleSchema.refine(
      (rule) => deliveries.filter((name) => rule[name] !== undefined).length <= 1,
      `can have only one of ${deliveries.join(', ')}`,
    ),
  )

/** The rules in force. A call meets at most one: the oldest that fits and has hits left. */
export class Faults {
  #rules: Fault[] = []

  add(fault: Fault): void {
    this.#rules.push(fault)
  }

  /** The rules with what is left of their count and offset. */
  list(): readonly Fault[] {
    return this.#rules
  }

  clear(): void {
    this.#rules = []
  }

  /** The rule that hits this call, used up by one. A rule that still lets calls pass lets this one pass. */
  take(method: string, path: string): Fault | undefined {
    for (const [index, rule] of this.#rules.entries()) {
      if (!fits(rule.match, method, path)) continue
      if (rule.offset > 0) {
        this.#rules[index] = { ...rule, offset: rule.offset - 1 }
        continue
      }
      if (rule.count > 1) this.#rules[index] = { ...rule, count: rule.count - 1 }
      else this.#rules.splice(index, 1)
      return rule
    }
    return undefined
  }
}
