import { z } from 'zod'

/** Trouble to order: what should go wrong with which calls. */
export const faultSchema = z.strictObject({
  /** `METHOD path` without query; a trailing `*` in the path and `*` for the method stand for anything. */
  match: z.string().regex(/^(\*|[A-Z]+) \/\S*$/, 'must be "METHOD /path"; the path may end in *'),
  /** How many calls are hit. */
  count: z.int().min(1).default(1),
  /** `before`: the call has no effect. `after`: it takes effect and only the answer is lost or replaced. */
  when: z.enum(['before', 'after']).default('before'),
  /** Status of the answer; without it and without `reset` the true answer is given. */
  status: z.int().min(200).max(599).optional(),
  /** Body of the answer: an object is sent as JSON, a text as it is. */
  body: z.union([z.string(), z.record(z.string(), z.unknown())]).optional(),
  headers: z.record(z.string(), z.string()).default({}),
  /** Cut the connection instead of answering. */
  reset: z.literal(true).optional(),
  /** Seconds of the machine's time to wait before the answer. */
  delaySeconds: z.number().min(0).max(3600).default(0),
})

export type Fault = z.infer<typeof faultSchema>

/** The rules in force. A call meets at most one: the oldest that fits and has hits left. */
export class Faults {
  #rules: Fault[] = []

  add(fault: Fault): void {
    this.#rules.push(fault)
  }

  /** The rules with what is left of their count. */
  list(): readonly Fault[] {
    return this.#rules
  }

  clear(): void {
    this.#rules = []
  }

  /** The rule that hits this call, used up by one. */
  take(method: string, path: string): Fault | undefined {
    const index = this.#rules.findIndex(({ match }) => fits(match, method, path))
    const rule = this.#rules[index]
    if (rule === undefined) return undefined
    if (rule.count > 1) this.#rules[index] = { ...rule, count: rule.count - 1 }
    else this.#rules.splice(index, 1)
    return rule
  }
}

function fits(match: string, method: string, path: string): boolean {
  const [wantedMethod, wantedPath = ''] = match.split(' ')
  if (wantedMethod !== '*' && wantedMethod !== method) return false
  return wantedPath.endsWith('*') ? path.startsWith(wantedPath.slice(0, -1)) : path === wantedPath
}
