import { z } from 'zod'
import type { Restore } from '../snapshot.ts'
import { fits, matchSchema } from './match.ts'

/** Which reads do not see the last write yet. */
export const staleSchema = z.strictObject({
  match: matchSchema,
  /** How many reads are stale. */
  count: z.int().min(1).default(1),
  /** Whether that holds after each write from now on, or only once. */
  afterEachWrite: z.boolean().default(false),
})

type StaleRule = z.infer<typeof staleSchema> & { readonly left: number }

/**
 * Reads that lag behind. While there are rules, the workspace is copied before each write, and a read that
 * fits a rule is answered from that copy: what the write created is missing, what it changed is as before.
 */
export class StaleReads {
  #rules: StaleRule[] = []
  #beforeLastWrite: Restore | undefined

  add(rule: z.infer<typeof staleSchema>): void {
    this.#rules.push({ ...rule, left: rule.count })
  }

  /** The rules with what is left of them. */
  list(): readonly StaleRule[] {
    return this.#rules
  }

  clear(): void {
    this.#rules = []
    this.#beforeLastWrite = undefined
  }

  /** Whether writes have to be made known. */
  get wantsWrites(): boolean {
    return this.#rules.length > 0
  }

  /** A write succeeded; `before` puts back what was there before it. */
  wrote(before: Restore): void {
    this.#beforeLastWrite = before
    this.#rules = this.#rules.map((rule) => (rule.afterEachWrite ? { ...rule, left: rule.count } : rule))
  }

  /** What a read has to be answered from if it is stale. Before the first write no read is, and none is counted. */
  take(method: string, path: string): Restore | undefined {
    if (this.#beforeLastWrite === undefined) return undefined
    const index = this.#rules.findIndex(({ match, left }) => left > 0 && fits(match, method, path))
    const rule = this.#rules[index]
    if (rule === undefined) return undefined
    const before = this.#beforeLastWrite
    if (rule.left > 1 || rule.afterEachWrite) this.#rules[index] = { ...rule, left: rule.left - 1 }
    else this.#rules.splice(index, 1)
    if (this.#rules.length === 0) this.#beforeLastWrite = undefined
    return before
  }
}
