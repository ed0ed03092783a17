import type { Workspace } from '../workspace.ts'
import { jsonAnswer, type Answer } from './exchange.ts'
import type { Excess, LimitSettings } from './limits.ts'

/** The answer to a call above the limits. */
export function throttled(
  excess: Excess,
  { retryAfterSeconds }: LimitSettings,
  { id, switches }: Workspace,
): Answer {
  const what = excess.kind === 'Concurrent' ? 'concurrent limit' : 'rate limit'
  const unit = excess.kind === 'Concurrent' ? 'requests' : 'requests per second'
  const body = {
    error_code: switches.throttledCode,
    message: `Workspace ${id} exceeded the ${what} of ${excess.limit} ${unit}.`,
  }
  if (retryAfterSeconds === null) return jsonAnswer(429, body)
  const retryInfo = {
    '@type': 'type.googleapis.com/google.rpc.RetryInfo',
    retry_delay: `${retryAfterSeconds}s`,
  }
  return jsonAnswer(429, { ...body, details: [retryInfo] }, { 'Retry-After': String(retryAfterSeconds) })
}
