import { z } from 'zod'
import { snapshotOfList, type Restore } from '../snapshot.ts'

/** How the next attempts at tasks are to go. */
export const outcomeSchema = z.strictObject({
  /** Only tasks of this job; ids are texts here, so that no reader of JSON rounds them. */
  jobId: z
    .string()
    .regex(/^[0-9]{1,19}$/, 'must be the digits of a job id')
    .optional(),
  /** Only tasks with this key. */
  taskKey: z.string().optional(),
  result: z.enum(['SUCCESS', 'FAILED']).default('SUCCESS'),
  /** How long the task is RUNNING, in virtual seconds. */
  seconds: z.number().min(0).optional(),
  /** How long it is PENDING before. */
  setupSeconds: z.number().min(0).optional(),
  /** `state_message` of a failure. */
  message: z.string().optional(),
  /** `status.termination_details.code` of a failure. */
  code: z.string().optional(),
  type: z.enum(['CLIENT_ERROR', 'CLOUD_FAILURE', 'INTERNAL_ERROR']).optional(),
  /** What the notebook returned, or what the program printed. */
  output: z.string().optional(),
  /** `error` of runs/get-output. */
  error: z.string().optional(),
  /** How many attempts go like this. */
  count: z.int().min(1).default(1),
})

/** An order with its defaults filled in: one attempt, and it succeeds. */
export type Outcome = z.infer<typeof outcomeSchema>

/** What was ordered from outside. An attempt takes the oldest order that fits; without one it succeeds. */
export class RunOutcomes {
  readonly #orders: Outcome[] = []

  add(outcome: Outcome): void {
    this.#orders.push(outcome)
  }

  /** The orders with what is left of their counts. */
  list(): readonly Outcome[] {
    return this.#orders
  }

  clear(): void {
    this.#orders.length = 0
  }

  /** The order that fits an attempt at this task, used up by one. */
  take(jobId: bigint, taskKey: string): Outcome | undefined {
    const index = this.#orders.findIndex(
      (order) =>
        (order.jobId === undefined || BigInt(order.jobId) === jobId) &&
        (order.taskKey === undefined || order.taskKey === taskKey),
    )
    const order = this.#orders[index]
    if (order === undefined) return undefined
    if (order.count > 1) this.#orders[index] = { ...order, count: order.count - 1 }
    else this.#orders.splice(index, 1)
    return order
  }

  snapshot(): Restore {
    return snapshotOfList(this.#orders)
  }
}
