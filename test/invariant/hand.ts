import type { Json, JsonObject } from '../../src/databricks/json.ts'
import { idOf } from '../scenario/observer.ts'
import type { Arena } from './arena.ts'
import type { Edit } from './edits.ts'
import { withValueAt } from './leaves.ts'
import type { Entry } from './pool.ts'

/** Virtual seconds after which a cluster has restarted. */
const restarted = 60

/** Ana at work in the web interface, on what the manifests of a pool made. */
export class Hand {
  readonly #arena: Arena

  constructor(arena: Arena) {
    this.#arena = arena
  }

  /** Sets one field, as the interface does: all settings are sent, with that one changed. */
  async edit(entry: Entry, { leaf, to }: Pick<Edit, 'leaf' | 'to'>): Promise<void> {
    const body = await this.settings(entry)
    await this.put(entry, withValueAt(body, leaf.steps, to))
  }

  /** Everything that is set on a job or a cluster. */
  async settings(entry: Entry): Promise<JsonObject> {
    const remote = await this.#arena.remote(entry)
    return entry.kind === 'JobSpec' ? remote : (remote['spec'] as JsonObject)
  }

  /** Replaces all settings. */
  async put(entry: Entry, settings: JsonObject): Promise<void> {
    const workspace = this.#arena.workspaces[entry.workspace]
    const id = idOf(this.#arena.object(entry))
    if (entry.kind === 'JobSpec') {
      await workspace.ana.post('/api/2.2/jobs/reset', { job_id: BigInt(id), new_settings: settings })
      return
    }
    // What the operator has just put back may have it restart, and nobody edits it meanwhile.
    await workspace.advance(restarted)
    await workspace.ana.post('/api/2.1/clusters/edit', { cluster_id: id, ...settings })
    await workspace.advance(restarted)
  }

  /** Adds members at the top. */
  async add(entry: Entry, members: Record<string, Json>): Promise<void> {
    await this.put(entry, { ...(await this.settings(entry)), ...members })
  }

  /** Takes one privilege away that a manifest wants. */
  async revoke({ workspace }: Entry, wanted: Wanted): Promise<void> {
    const { type, name, principal, privilege } = wanted
    const change = { principal, remove: [privilege] }
    this.#arena.taken[workspace].add(textOf(wanted))
    await this.#arena.workspaces[workspace].changeGrants(`${type}/${name}`, change)
  }
}

/** One privilege that a manifest wants. */
export interface Wanted {
  type: string
  name: string
  principal: string
  privilege: string
}

/** By which a privilege is known. */
export const textOf = ({ type, name, principal, privilege }: Wanted): string =>
  `${type}/${name} ${principal} ${privilege}`

/** Every privilege that a CatalogGrant wants. */
export function wantedBy({ spec }: Entry): Wanted[] {
  const { securables, grants } = spec as unknown as GrantSpec
  return securables.flatMap(({ type, name }) =>
    grants.flatMap(({ principal, privileges }) =>
      privileges.map((privilege) => ({ type, name, principal, privilege })),
    ),
  )
}

/** What a CatalogGrant of a pool says. */
interface GrantSpec {
  securables: { type: string; name: string }[]
  grants: { principal: string; privileges: string[] }[]
}
