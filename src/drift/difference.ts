import type { Cause } from './change.ts'
import type { Segment } from './path.ts'
import type { Value } from './value.ts'

/** One field in which the manifest and Databricks do not agree. */
export interface Difference {
  readonly path: readonly Segment[]
  /** The path as people read it; unique within one comparison. */
  readonly text: string
  /** As it is, to decide and to write; may hold a secret. Absent when the manifest wants nothing there. */
  readonly wanted?: Value
  /** As it is; may hold a secret. Absent when Databricks has nothing there, or never shows it. */
  readonly found?: Value
  /** Both values as they may be shown, secrets hashed. What is not in here is not shown. */
  readonly shown?: { readonly wanted?: Value; readonly found?: Value }
  readonly cause: Cause
  /** False: unlisted, a setting somebody made that the manifest does not mention. */
  readonly owned: boolean
  /** Not named in the manifest, and the defaults of the workspace put this there when the object was made. */
  readonly put?: Value
  /** The manifest says that this difference may stay for now. */
  readonly tolerated?: Tolerated
  /** It left the manifest, and Databricks may keep it whatever is sent. */
  readonly lasting?: true
  /** It was sent that it left the manifest, and Databricks has kept it: told, and not written again. */
  readonly cannotUnset?: true
}

/** Until when a difference may stay, and why, as the manifest says. */
export interface Tolerated {
  /** RFC 3339; absent: for ever. */
  readonly until?: string
  readonly reason?: string
}

/** Whether a difference counts: the manifest wants it otherwise, and does not put up with it. */
export const isDrift = ({ owned, tolerated }: Difference): boolean => owned && tolerated === undefined
