/** How many letters a word may be off to be taken for another one. */
const mostOff = 3

/** The word that somebody probably meant. */
export function nearest(word: string, words: readonly string[]): string | undefined {
  const [best] = words
    .map((one) => ({ one, off: distance(word.toLowerCase(), one.toLowerCase()) }))
    .filter(({ one, off }) => off <= Math.min(mostOff, Math.ceil(one.length / 2)))
    .toSorted((a, b) => a.off - b.off)
  return best?.one
}

/** How many letters have to be added, left out or replaced to make one word of the other. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (const [index, letter] of Array.from(a).entries()) {
    const next = [index + 1]
    for (const [place, other] of Array.from(b).entries())
      next.push(
        Math.min(
          (next[place] ?? 0) + 1,
          (row[place + 1] ?? 0) + 1,
          (row[place] ?? 0) + (letter === other ? 0 : 1),
        ),
      )
    row = next
  }
  return row.at(-1) ?? 0
}
