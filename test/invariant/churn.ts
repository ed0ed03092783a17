import type { Arena } from './arena.ts'
import type { Chance } from './chance.ts'
import type { Entry } from './pool.ts'

/** What people do to a pool meanwhile: manifests are made, edited and deleted. */
export class Churn {
  readonly #arena: Arena
  readonly #chance: Chance
  readonly #most: number
  /** Deleted, and perhaps not gone yet. */
  readonly #leaving: Entry[] = []

  /** `most`: so many manifests there are at most. */
  constructor({ arena, chance, most }: { arena: Arena; chance: Chance; most: number }) {
    this.#arena = arena
    this.#chance = chance
    this.#most = most
  }

  /** So many changes at once. */
  async stir(count: number): Promise<void> {
    const { pool } = this.#arena
    const changed = new Set<Entry>()
    const deleted = new Set<Entry>()
    for (let index = 0; index < count; index += 1) {
      if (this.#chance.percent(30) && pool.entries.length < this.#most) {
        changed.add(pool.addAny())
        continue
      }
      const entry = this.#chance.pick(pool.entries)
      if (this.#chance.percent(40) && !pool.isNeeded(entry) && !changed.has(entry)) {
        pool.remove(entry)
        deleted.add(entry)
      } else changed.add(pool.edit(entry))
    }
    this.#leaving.push(...deleted)
    await this.#arena.apply([...changed])
    await this.#arena.beginDelete([...deleted])
  }

  /** Waits until everything is as the manifests say, and what was deleted is gone. */
  async calm(): Promise<void> {
    await this.#arena.settledInTime()
    await this.#arena.gone(this.#leaving)
    this.#leaving.length = 0
  }
}
