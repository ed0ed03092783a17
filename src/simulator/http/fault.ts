import { z } from 'zod'
import { matchSchema } from './match.ts'

/** Ways in which an answer can travel badly; a fault has at most one. */
export const deliveries = ['reset', 'hang', 'cut', 'drip'] as const

/** What a fault may say; a preset says some of it, and the rule itself has the last word. */
export const ruleSchema = z.strictObject({
  match: matchSchema,
  /** How many calls are hit. */
  count: z.int().min(1).default(1),
  /** How many calls that fit pass before the first is hit. */
  offset: z.int().min(0).default(0),
  /** `before`: the call has no effect. `after`: it takes effect and only the answer is lost or replaced. */
  when: z.enum(['before', 'after']).default('before'),
  /** Status of the answer; without it, and unless nothing is sent at all, the true answer is given. */
  status: z.int().min(200).max(599).optional(),
  /** Body of the answer: an object is sent as JSON, a text as it is. */
  body: z.union([z.string(), z.record(z.string(), z.unknown())]).optional(),
  headers: z
    .record(z.string().regex(/^[\w-]+$/), z.string().regex(/^[\t\x20-\x7e]*$/, 'must be printable ASCII'))
    .default({}),
  /** Cut the connection instead of answering. */
  reset: z.literal(true).optional(),
  /** Keep the connection open and send nothing, or nothing after the headers. */
  hang: z.enum(['BeforeHeaders', 'AfterHeaders']).optional(),
  /** Send half of the body and close the connection. */
  cut: z.literal(true).optional(),
  /** Send the body in pieces of so many bytes, each after so many seconds. */
  drip: z.strictObject({ bytes: z.int().min(1), everySeconds: z.number().min(0).max(3600) }).optional(),
  /** Seconds of the machine's time to wait before the answer. */
  delaySeconds: z.number().min(0).max(3600).default(0),
})

/** A fault with its defaults filled in: it hits the first call that fits, before that takes effect. */
export type Fault = z.infer<typeof ruleSchema>
