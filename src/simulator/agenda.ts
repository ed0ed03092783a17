/** Things that are to be looked at when their time has come, the earliest first. */
export class Agenda<Item> {
  /** A binary heap by time. An item may be noted more than once: looking in vain does no harm. */
  readonly #notes: { readonly at: number; readonly item: Item }[] = []

  /** Notes that something is due. */
  add(at: number, item: Item): void {
    const notes = this.#notes
    const note = { at, item }
    let index = notes.push(note) - 1
    while (index > 0) {
      const parent = notes[(index - 1) >> 1]
      if (parent === undefined || parent.at <= at) break
      notes[index] = parent
      index = (index - 1) >> 1
    }
    notes[index] = note
  }

  /** Takes the earliest thing that is due off the agenda; undefined if nothing is. */
  takeDue(now: number): Item | undefined {
    const [first] = this.#notes
    if (first === undefined || first.at > now) return undefined
    const last = this.#notes.pop()
    if (last !== undefined && last !== first) this.#sink(last)
    return first.item
  }

  /** Strikes everything. */
  clear(): void {
    this.#notes.length = 0
  }

  #sink(note: { readonly at: number; readonly item: Item }): void {
    const notes = this.#notes
    let index = 0
    for (;;) {
      const right = notes[2 * index + 2]
      const left = notes[2 * index + 1]
      const smaller = left !== undefined && right !== undefined && right.at < left.at ? right : left
      if (smaller === undefined || smaller.at >= note.at) break
      notes[index] = smaller
      index = smaller === right ? 2 * index + 2 : 2 * index + 1
    }
    notes[index] = note
  }
}
