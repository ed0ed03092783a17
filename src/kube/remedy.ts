import { hasStatus } from './kube-error.ts'

/** What is wrong between us and the API server, and what to do about it: one clause. */
export function remedyOf(error: unknown): string {
  // All that the server says is that it is so.
  if (hasStatus(error, 401))
    return 'the API server does not accept our credentials (401); renew the token or certificate in the kubeconfig, or of the ServiceAccount'
  return error instanceof Error ? error.message : String(error)
}
