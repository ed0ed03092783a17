import { createHash } from 'node:crypto'
import { markKey } from '../kinds/mark.ts'

/**
 * The mark that every remote object we create carries in its tags: which installation made it, and for which
 * manifest. It is made of names and not of the object's uid, because a backup restored or a manifest applied
 * again gets a new uid and usually no status, and must find what it made before.
 */
export interface Mark {
  /** The tag that holds it; undefined where the workspace wants none. */
  readonly key: string | undefined
  /** `<8 hex of the installation>-<24 hex of kind, namespace and name>` */
  readonly value: string
}

const hex = (text: string, length: number): string =>
  createHash('sha256').update(text).digest('hex').slice(0, length)

/** Whose manifest a mark stands for. */
export interface Marked {
  kind: string
  namespace: string
  name: string
}

/** The mark of a manifest: the same after a rebuild of the cluster, as long as the installation keeps its name. */
export function markOf(instance: string, { kind, namespace, name }: Marked, key: Mark['key']): Mark {
  return { key, value: `${hex(instance, 8)}-${hex(`${kind}\n${namespace}\n${name}`, 24)}` }
}

/** Whose a found mark is, seen from ours. */
export function ownerOf(found: string, ours: Mark): 'Us' | 'SameManifestElsewhere' | 'Other' {
  if (found === ours.value) return 'Us'
  return found.slice(9) === ours.value.slice(9) ? 'SameManifestElsewhere' : 'Other'
}

/** What the status says of a mark that is not the usual one. */
export function markTold({ key }: Mark): string | undefined {
  if (key === markKey) return undefined
  return key ?? 'None: that nothing is made twice rests on the name, the creator and the time of creation'
}
