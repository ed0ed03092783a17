import type { KubeClient } from './client.ts'
import { hasStatus } from './kube-error.ts'
import { resourcePath } from './object.ts'

/** What came of reading one key of a Secret. No case but `Found` carries a value. */
export type SecretRead =
  | { is: 'Found'; value: string }
  | { is: 'SecretMissing' }
  | { is: 'KeyMissing'; keys: string[] }
  | { is: 'Forbidden'; message: string }

/**
 * Reads one key of one Secret by `get`. Secrets are never listed and never watched: both would need the right
 * to read every Secret of the namespace.
 *
 * The value loses one newline at its end, which editors and `echo` leave behind and no credential has.
 * https://kubernetes.io/docs/reference/kubernetes-api/config-and-storage-resources/secret-v1/
 */
export async function readSecretKey(
  client: KubeClient,
  wanted: { namespace: string; name: string; key: string; signal?: AbortSignal },
): Promise<SecretRead> {
  const path = resourcePath(secrets, wanted.namespace, wanted.name)
  try {
    const answer = await client.get<{ data?: Record<string, string> | null }>(path, wanted.signal)
    const data = new Map(Object.entries(answer.data ?? {}))
    const encoded = data.get(wanted.key)
    if (encoded === undefined) return { is: 'KeyMissing', keys: [...data.keys()].toSorted() }
    return {
      is: 'Found',
      value: Buffer.from(encoded, 'base64')
        .toString('utf8')
        .replace(/\r?\n$/, ''),
    }
  } catch (error) {
    if (hasStatus(error, 404)) return { is: 'SecretMissing' }
    if (hasStatus(error, 403)) return { is: 'Forbidden', message: error.message }
    throw error
  }
}

const secrets = { group: '', version: 'v1', plural: 'secrets', kind: 'Secret' }
