import type { KubeClient } from '../kube/client.ts'
import { hasStatus } from '../kube/kube-error.ts'
import type { KubeObject } from '../kube/object.ts'
import { whoWeAre } from '../kube/token-request.ts'
import type { ServedDefinition } from './start-up-definitions.ts'
import { reviewOf, type Right } from './start-up-rights.ts'

const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'

/** So many questions are asked at once. */
const questionsAtOnce = 8

/** Which Kubernetes it is; what is not known is not a number. */
export interface Version {
  major: number
  minor: number
  text: string
}

/** Asks the API server. Some are told to tell nobody. */
export async function versionOf(client: KubeClient, signal: AbortSignal): Promise<Version> {
  try {
    const { major, minor, gitVersion } = await client.get<Record<string, string | undefined>>(
      '/version',
      signal,
    )
    // Providers add to the number: `30+`.
    const [first, second] = [Number.parseInt(major ?? '', 10), Number.parseInt(minor ?? '', 10)]
    return { major: first, minor: second, text: gitVersion ?? '' }
  } catch (error) {
    if (!hasStatus(error, 403)) throw error
    return { major: Number.NaN, minor: Number.NaN, text: '' }
  }
}

/** One CustomResourceDefinition; undefined when there is none. */
export async function readDefinition(
  client: KubeClient,
  name: string,
  signal: AbortSignal,
): Promise<ServedDefinition | undefined> {
  try {
    return await client.get<ServedDefinition>(`${definitions}/${name}`, signal)
  } catch (error) {
    if (hasStatus(error, 404)) return undefined
    throw error
  }
}

/** Which of these rights we do not have, and who we are there, if the API server tells. */
export async function missingRights(
  client: KubeClient,
  rights: readonly Right[],
  signal: AbortSignal,
): Promise<{ missing: Right[]; who: string | undefined }> {
  const missing: Right[] = []
  for (let first = 0; first < rights.length; first += questionsAtOnce) {
    const some = rights.slice(first, first + questionsAtOnce)
    const allowed = await Promise.all(some.map((right) => isAllowed(client, right, signal)))
    missing.push(...some.filter((_, index) => allowed[index] === false))
  }
  return { missing, who: missing.length === 0 ? undefined : await nameOfOurs(client, signal) }
}

/** Undefined where we may not even ask: then the calls themselves will show. */
async function isAllowed(
  client: KubeClient,
  right: Right,
  signal: AbortSignal,
): Promise<boolean | undefined> {
  const path = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews'
  try {
    const { status } = await client.create<{ status: { allowed: boolean } }>(path, reviewOf(right), signal)
    return status.allowed
  } catch (error) {
    if (hasStatus(error, 403)) return undefined
    throw error
  }
}

async function nameOfOurs(client: KubeClient, signal: AbortSignal): Promise<string | undefined> {
  try {
    return await whoWeAre(client, signal)
  } catch (error) {
    if (hasStatus(error, 403)) return undefined
    throw error
  }
}

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
  const found = await readDefinition(client, `${plural}.lakeward.dev`, signal)
  return found === undefined || found.metadata.deletionTimestamp !== undefined
}
