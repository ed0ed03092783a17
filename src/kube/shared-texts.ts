/** Texts that are kept to be found again. Those that nobody has had for longest are forgotten first. */
const mostTexts = 16_384
/** In characters: longer ones hardly ever come twice. */
const longestShared = 256

/**
 * Makes equal texts one. `JSON.parse` does that for names of members and for very short values; all else every object has
 * for itself, and many objects say the same: what their clusters are, which state they are in and since when.
 */
export class SharedTexts {
  #young = new Map<string, string>()
  #old = new Map<string, string>()

  /** Puts the text that was there before in the place of each equal one, at any depth. The value stays what it is. */
  share(value: object): void {
    const members = value as Record<string, unknown>
    for (const name of Object.keys(members)) {
      const member = members[name]
      if (typeof member === 'string') members[name] = this.#shared(member)
      else if (typeof member === 'object' && member !== null) this.share(member)
    }
  }

  #shared(text: string): string {
    if (text.length > longestShared) return text
    const known = this.#young.get(text)
    if (known !== undefined) return known
    const shared = this.#old.get(text) ?? text
    this.#young.set(shared, shared)
    if (this.#young.size > mostTexts / 2) {
      this.#old = this.#young
      this.#young = new Map()
    }
    return shared
  }
}
