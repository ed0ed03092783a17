import type { KubeClient } from '../kube/client.ts'
import { hasStatus } from '../kube/kube-error.ts'
import type { KubeObject } from '../kube/object.ts'

/** The uid of namespace kube-system: the custom for naming a cluster. A rebuilt cluster has another one. */
export async function uidOfKubeSystem(client: KubeClient, signal: AbortSignal): Promise<string> {
  try {
    return (await client.get<KubeObject>('/api/v1/namespaces/kube-system', signal)).metadata.uid
  } catch (error) {
    if (!hasStatus(error, 403)) throw error
    throw new Error(
      'no right to read namespace kube-system, whose uid names this installation: grant `get` on it, or give --instance NAME',
      { cause: error },
    )
  }
}

/** Whether one of our CustomResourceDefinitions is being deleted or gone, asked now. */
export async function isDefinitionGoing(
  client: KubeClient,
  plural: string,
  signal: AbortSignal,
): Promise<boolean> {
  const name = `${plural}.lakeward.dev`
  const path = `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${name}`
  try {
    return (await client.get<KubeObject>(path, signal)).metadata.deletionTimestamp !== undefined
  } catch (error) {
    if (hasStatus(error, 404)) return true
    throw error
  }
}
