import { isObject, type Json } from '../databricks/json.ts'
import { redact } from '../databricks/redact.ts'
import { KubeError, type KubeErrorDetails } from './kube-error.ts'
import { boundedSeconds } from './retry-after.ts'

/**
 * The error that a Status object means, whether it is the body of an answer or an event of a watch. Its words
 * are shown in one line and without a secret: whoever sits between us and the server may have written them.
 * https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/
 */
export function errorOfStatus(call: string, status: Json, secrets: readonly string[] = []): KubeError {
  const fields = isObject(status) ? status : {}
  const text = (value: unknown): string | undefined =>
    typeof value === 'string' && value !== '' ? redact(value, secrets) : undefined
  const code = Number.isSafeInteger(fields['code']) ? Number(fields['code']) : 0
  const reason = text(fields['reason']) ?? `HTTP ${code}`
  const details = isObject(fields['details']) ? detailsOf(fields['details'], text) : undefined
  return new KubeError(`${call}: ${text(fields['message']) ?? reason}`, {
    status: code,
    reason,
    ...(details !== undefined && { details }),
    ...(details?.retryAfterSeconds !== undefined && { retryAfterSeconds: details.retryAfterSeconds }),
  })
}

type Text = (value: unknown) => string | undefined

function detailsOf(details: Record<string, Json>, text: Text): KubeErrorDetails {
  const { causes, retryAfterSeconds } = details
  const seconds = typeof retryAfterSeconds === 'number' ? boundedSeconds(retryAfterSeconds) : undefined
  return {
    ...textsIn(details, ['name', 'kind'], text),
    ...(Array.isArray(causes) && {
      causes: causes.filter(isObject).map((cause) => textsIn(cause, ['field', 'message', 'reason'], text)),
    }),
    ...(seconds !== undefined && { retryAfterSeconds: seconds }),
  }
}

/** Those of the fields that are texts. */
function textsIn<Name extends string>(
  from: Record<string, Json>,
  names: readonly Name[],
  text: Text,
): Partial<Record<Name, string>> {
  const found: Partial<Record<Name, string>> = {}
  for (const name of names) {
    const value = text(from[name])
    if (value !== undefined) found[name] = value
  }
  return found
}
