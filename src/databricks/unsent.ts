import { nameOf, type Call } from './call.ts'
import { DatabricksError } from './errors.ts'

/** The budget of the workspace did not let a call out. */
export const outOfTurn = (call: Call, why: string, retryAfter?: number): DatabricksError =>
  unsent(call, { kind: 'Throttled', why, retryAfter })

/** Its time was over before it could go out: this process was held up, or frozen. */
export const outOfTime = (call: Call): DatabricksError =>
  unsent(call, { kind: 'Unavailable', why: 'it was decided too long ago, because the operator was held up' })

const unsent = (
  call: Call,
  {
    kind,
    why,
    retryAfter,
  }: { kind: 'Throttled' | 'Unavailable'; why: string; retryAfter?: number | undefined },
): DatabricksError =>
  new DatabricksError({
    kind,
    call: nameOf(call),
    status: 0,
    code: 'NOT_SENT',
    serverMessage: `${why}; nothing was sent`,
    retryAfter,
    answered: false,
    sent: false,
  })
