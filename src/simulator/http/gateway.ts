import type { Workspace } from '../workspace.ts'
import type { Admission } from '../auth/admission.ts'
import type { AuthDoor } from '../auth/door.ts'
import type { Callers } from '../auth/callers.ts'
import type { Principal } from '../principals.ts'
import type { Api } from './api.ts'
import { statusOf, type Answer, type Request, type Response } from './exchange.ts'
import type { Fault } from './fault.ts'
import type { Faults } from './faults.ts'
import type { Limits } from './limits.ts'
import { isRefusal, type Refusal } from './refusal.ts'
import type { RequestLog } from './request-log.ts'
import { throttled } from './throttled.ts'
import { delivery, replacement, replacesAnswer } from './trouble.ts'

/** What stands behind the gateway, and what it does with a call on the way. */
export interface GatewayParts {
  readonly workspace: Workspace
  readonly api: Api
  readonly auth: AuthDoor
  readonly callers: Callers
  readonly admission: Admission
  readonly limits: Limits
  readonly faults: Faults
  readonly log: RequestLog
  readonly sleep: (milliseconds: number) => Promise<void>
}

/**
 * The way of every call from outside, in one place: limits, faults, admission, credentials, the answer, the
 * log. Limits and faults are for programs: what a person clicks always works.
 */
export class Gateway {
  readonly #parts: GatewayParts

  constructor(parts: GatewayParts) {
    this.#parts = parts
  }

  /** Answers a request and logs it. */
  async serve(request: Request): Promise<Response> {
    const { workspace, callers, log } = this.#parts
    const at = workspace.clock.now()
    // What lies beside the API is public.
    const isApi = request.path.startsWith('/api/')
    const caller = isApi ? (request.person ?? (await callers.of(request.headers))) : undefined
    const response = await this.#respond(request, caller)
    const identity = caller === undefined || isRefusal(caller) ? null : caller.name
    log.add({ at, request, identity, status: statusOf(response) })
    return response
  }

  async #respond(request: Request, caller: Principal | Refusal | undefined): Promise<Response> {
    if (request.person !== undefined) return this.#answer(request, caller)
    const { limits, faults, workspace } = this.#parts
    const excess = limits.enter()
    if (excess !== undefined) return throttled(excess, limits.settings, workspace)
    void request.closed.then(() => limits.leave())
    const fault = faults.take(request.method, request.path)
    return fault === undefined ? this.#answer(request, caller) : this.#troubled(request, caller, fault)
  }

  async #troubled(
    request: Request,
    caller: Principal | Refusal | undefined,
    fault: Fault,
  ): Promise<Response> {
    const wait = () => this.#parts.sleep(fault.delaySeconds * 1000)
    if (!replacesAnswer(fault)) {
      if (fault.when === 'before') await wait()
      const answer = await this.#answer(request, caller)
      if (fault.when === 'after') await wait()
      return delivery(fault, answer)
    }
    if (fault.when === 'after') await this.#answer(request, caller)
    await wait()
    return delivery(fault, replacement(fault))
  }

  async #answer(request: Request, caller: Principal | Refusal | undefined): Promise<Answer> {
    const { admission, api, auth } = this.#parts
    if (caller === undefined) return auth.answer(request)
    const blocked = request.person === undefined ? admission.blocks() : undefined
    return blocked ?? api.answer(request, caller)
  }
}
