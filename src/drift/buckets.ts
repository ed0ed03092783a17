import { canonicalText } from './canonical.ts'
import { noRules, rulesOfItem, type Rules } from './rules.ts'
import { isAbsent, memberOf, type Value } from './value.ts'

/** The items of one key, in order of appearance. */
export interface Bucket {
  /** The key as the list's author wrote it. */
  readonly name: string
  readonly items: Value[]
}

/** The items of a keyed list or a set by key; in a set, repetitions are one item. */
export function bucketsOf(rules: Rules, list: Value | undefined): Map<string, Bucket> {
  const isSet = rules.effects.set === true
  const buckets = new Map<string, Bucket>()
  for (const item of Array.isArray(list) ? list : []) {
    const key = isSet ? canonicalText(rulesOfItem(rules), item) : itemKey(rules, item)
    const bucket = buckets.get(key)
    if (bucket === undefined) buckets.set(key, { name: isSet ? plainText(item) : key, items: [item] })
    else if (!isSet) bucket.items.push(item)
  }
  return buckets
}

/** The key by which an item of a keyed list is found again. */
export function itemKey({ effects: { keyed } }: Rules, item: Value): string {
  if (typeof keyed === 'function') return keyed(item)
  const key = keyed === undefined ? undefined : memberOf(item, keyed)
  return isAbsent(key) ? '' : plainText(key)
}

const plainText = (value: Value): string =>
  typeof value === 'string' ? value : canonicalText(noRules, value)
