import { resolve } from 'node:path'
import { parse } from 'yaml'
import { isObject, type Json, type JsonObject } from '../databricks/json.ts'
import { pluginOf, type Plugin } from './plugin.ts'

/**
 * What a kubeconfig says of a user beyond what the library understands.
 * https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/#AuthInfo
 */
export interface OverlookedUser {
  /** Holds the user's token; to be read again and again, for it rotates. */
  tokenFile: string | undefined
  /** Headers beside Impersonate-User. */
  impersonation: Record<string, string | string[]>
  plugin: Plugin | undefined
}

/** The same of a cluster. */
export interface OverlookedCluster {
  /** What a credential plugin wants to know about the cluster, in its own words. */
  plugins: Json | undefined
}

/** Collects from one kubeconfig after the other; whoever was first keeps a name. */
export class Overlooked {
  readonly #users = new Map<string, OverlookedUser>()
  readonly #clusters = new Map<string, OverlookedCluster>()

  /** Takes the text of one file; its relative paths start in `folder`. Throws when it is no kubeconfig. */
  read(folder: string, text: string): void {
    const root = parse(text) as Json
    if (!isObject(root)) throw new Error('it is empty, or no kubeconfig at all')
    for (const [name, user] of named(root, 'user'))
      if (!this.#users.has(name)) this.#users.set(name, userOf(folder, user))
    for (const [name, cluster] of named(root, 'cluster'))
      if (!this.#clusters.has(name)) this.#clusters.set(name, { plugins: extensionOf(cluster) })
  }

  user(name: string | undefined): OverlookedUser {
    return this.#users.get(name ?? '') ?? userOf('', {})
  }

  cluster(name: string | undefined): OverlookedCluster {
    return this.#clusters.get(name ?? '') ?? { plugins: undefined }
  }
}

/** The entries of `users` or `clusters`, each under its name; what has another shape is the library's to refuse. */
function named(root: JsonObject, kind: 'user' | 'cluster'): [string, JsonObject][] {
  const list = root[`${kind}s`]
  if (!Array.isArray(list)) return []
  return list.flatMap((entry): [string, JsonObject][] => {
    const { name, [kind]: content } = isObject(entry) ? entry : {}
    return typeof name === 'string' ? [[name, isObject(content) ? content : {}]] : []
  })
}

function userOf(folder: string, user: JsonObject): OverlookedUser {
  const { tokenFile, exec } = user
  return {
    tokenFile: typeof tokenFile === 'string' ? resolve(folder, tokenFile) : undefined,
    impersonation: impersonationOf(user),
    plugin: isObject(exec) ? pluginOf(folder, exec) : undefined,
  }
}

/** https://kubernetes.io/docs/reference/access-authn-authz/authentication/#user-impersonation */
function impersonationOf(user: JsonObject): OverlookedUser['impersonation'] {
  const { 'as-uid': uid, 'as-groups': groups, 'as-user-extra': extra } = user
  const headers: OverlookedUser['impersonation'] = {}
  if (typeof uid === 'string') headers['impersonate-uid'] = uid
  if (Array.isArray(groups)) headers['impersonate-group'] = groups.map(String)
  for (const [key, values] of Object.entries(isObject(extra) ? extra : {}))
    headers[`impersonate-extra-${encodeURIComponent(key).toLowerCase()}`] = [values].flat().map(String)
  return headers
}

function extensionOf({ extensions }: JsonObject): Json | undefined {
  if (!Array.isArray(extensions)) return undefined
  const own = extensions.find(
    (entry) => isObject(entry) && entry.name === 'client.authentication.k8s.io/exec',
  )
  return isObject(own) ? own.extension : undefined
}
