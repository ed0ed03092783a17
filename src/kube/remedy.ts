import { hasStatus, KubeError } from './kube-error.ts'

/** Nobody answers there; other failures of a connection say themselves what to do. */
const nobodyThere = new Set([
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ETIMEDOUT',
  'UND_ERR_CONNECT_TIMEOUT',
])

/** What is wrong between us and the API server, and what to do about it if its own words do not say: one clause. */
export function remedyOf(error: unknown): string {
  if (hasStatus(error, 401))
    return 'the API server does not accept our credentials (401); renew the token or certificate in the kubeconfig, or of the ServiceAccount'
  if (error instanceof KubeError && isNobodyThere(error.cause))
    return `${error.message}; check that it runs and that nothing blocks the way`
  return error instanceof Error ? error.message : String(error)
}

const isNobodyThere = (cause: unknown): boolean =>
  cause instanceof Error && 'code' in cause && nobodyThere.has(String(cause.code))
