import type { Reference } from '../kinds/kind.ts'

/** A reference of an object, and what it leads to. */
export interface ReferenceFact extends Reference {
  /** Undefined when no such object exists. */
  target?: {
    externalId?: string
    workspace: string
    /** It may not use the workspace as it wants to, so nobody may through it. */
    isDenied?: true
    /** Its remote object has vanished, and its id leads nowhere. */
    hasVanished?: true
  }
}
