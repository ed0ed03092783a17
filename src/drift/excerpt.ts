/** Characters kept before the point of interest, so that a reader sees where it is. */
const lead = 40

/** A text cut to at most `most` characters, with `…` where something is missing, such that `at` can be seen. */
export function excerpt(text: string, most: number, at = 0): string {
  if (text.length <= most) return text
  const start = at < most - lead ? 0 : at - lead
  const before = start > 0 ? '…' : ''
  const rest = text.slice(start)
  const kept = rest.length + before.length <= most ? rest : `${rest.slice(0, most - before.length - 1)}…`
  // A cut must not leave half of a character outside the basic plane: it cannot be written as UTF-8.
  return `${before}${kept.replace(/^[\uDC00-\uDFFF]|[\uD800-\uDBFF](?=…$)/g, '')}`
}

/** Where two texts begin to differ; 0 if one of them is missing. */
export function firstDifference(a: string | undefined, b: string | undefined): number {
  if (a === undefined || b === undefined) return 0
  let at = 0
  while (at < a.length && a[at] === b[at]) at++
  return at
}
