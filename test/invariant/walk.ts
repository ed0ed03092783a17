import type { Arena } from './arena.ts'
import type { Chance } from './chance.ts'
import { editOf, type Edit } from './edits.ts'
import { Hand, wantedBy } from './hand.ts'
import { leavesOf } from './leaves.ts'
import type { Entry } from './pool.ts'

/** What somebody changed, and since which version that can be seen. */
export interface Edited {
  entry: Entry
  path: string
  since: number
}

/** Goes through the fields of all manifests of a pool and changes each by hand, one of each manifest at a time. */
export class Walk {
  readonly #arena: Arena
  readonly #chance: Chance
  readonly #hand: Hand
  /** Privileges that were taken away already: more than twice would be a fight. */
  readonly #revoked = new Set<string>()
  readonly #plans: readonly { entry: Entry; edits: readonly Edit[] }[]

  constructor(arena: Arena, chance: Chance) {
    this.#arena = arena
    this.#chance = chance
    this.#hand = new Hand(arena)
    this.#plans = arena.entries.map((entry) => ({
      entry,
      edits: chance
        .shuffled(entry.kind === 'CatalogGrant' ? [] : leavesOf(entry.spec))
        .flatMap((leaf) => editOf(leaf, chance) ?? []),
    }))
  }

  /** Changes one field of each manifest; those that have no more are left out. */
  async editAll(round: number): Promise<Edited[]> {
    const edited: Edited[] = []
    for (const { entry, edits } of this.#plans) {
      const since = this.#arena.versions(entry).length
      const path = await this.#edit(entry, edits[round])
      if (path !== undefined) edited.push({ entry, path, since })
    }
    return edited
  }

  /** What no status has shown, with what it has. */
  unseen(edited: readonly Edited[]): unknown[] {
    return edited
      .filter(
        ({ entry, path }) =>
          !edited.some((one) => this.#mayTell(one, entry) && this.#seen(one).includes(path)),
      )
      .map((one) => [one.entry.name, one.path, this.#seen(one)])
  }

  async #edit(entry: Entry, edit: Edit | undefined): Promise<string | undefined> {
    if (entry.kind === 'CatalogGrant') return this.#revoke(entry)
    if (edit !== undefined) await this.#hand.edit(entry, edit)
    return edit?.path
  }

  async #revoke(entry: Entry): Promise<string | undefined> {
    const keyOf = (wanted: object) => `${entry.workspace} ${JSON.stringify(wanted)}`
    const wanted = this.#chance.shuffled(wantedBy(entry)).find((one) => !this.#revoked.has(keyOf(one)))
    if (wanted === undefined) return undefined
    this.#revoked.add(keyOf(wanted))
    await this.#hand.revoke(entry, wanted)
    const { type, name, principal, privilege } = wanted
    return `securables[${type} ${name}].grants[${principal}].privileges[${privilege}]`
  }

  /** A privilege that several manifests want is put back by whichever looks first. */
  #mayTell({ entry }: Edited, about: Entry): boolean {
    return entry === about || (about.kind === 'CatalogGrant' && entry.workspace === about.workspace)
  }

  /** The paths at which an object has shown a remote change. */
  #seen({ entry, since }: Edited): string[] {
    return this.#arena
      .versions(entry)
      .slice(since)
      .flatMap(({ status }) => status.drift?.changes ?? [])
      .filter(({ cause }) => cause !== 'SpecChanged')
      .map(({ path }) => path)
  }
}
