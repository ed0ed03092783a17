import type { SecurableSeed } from './catalog/securables.ts'
import type { JobSettings } from './jobs/settings.ts'
import type { PrincipalSeed } from './principals.ts'

/** What a workspace holds when it starts. */
export interface Content {
  /** The number in `X-Databricks-Org-Id`. */
  readonly workspaceId: string
  readonly principals: readonly PrincipalSeed[]
  /** Metastore UUID and name. */
  readonly metastore: { readonly id: string; readonly name: string }
  /** Parents before their children. */
  readonly securables: readonly SecurableSeed[]
  /** Grants that stand there already. */
  readonly grants: readonly {
    readonly type: string
    readonly name: string
    readonly principal: string
    readonly privileges: readonly string[]
  }[]
  readonly jobs: readonly { readonly id: bigint; readonly creator: string; readonly settings: JobSettings }[]
}
