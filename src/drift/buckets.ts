import { canonicalText } from './canonical.ts'
import { noRules, rulesOfItem, type Rules } from './rules.ts'
import { isAbsent, memberOf, type Value } from './value.ts'

/** What three lists have of one key: the first item of each is a row, the second of each the next. */
export interface Bucket {
  /** The key as the list's author wrote it. */
  readonly name: string
  readonly rows: readonly Readonly<Row>[]
}

interface Row {
  wanted: Value | undefined
  found: Value | undefined
  last: Value | undefined
}

/** A bucket while lists are poured in, one after the other. */
class Filling implements Bucket {
  readonly name: string
  readonly rows: Row[] = []
  /** How many rows have an item of that list. */
  found = 0
  last = 0

  constructor(name: string) {
    this.name = name
  }
}

/**
 * The items of a keyed list or a set by key: those of the manifest in its order, then those that only Databricks
 * has. What is in neither is not told. In a set, repetitions are one item.
 */
export function bucketsOf(rules: Rules, { wanted, found, last }: Readonly<Row>): Iterable<Bucket> {
  const isSet = rules.effects.set === true
  const buckets = new Map<string, Filling>()
  for (const item of itemsOf(wanted)) {
    const { rows } = bucketFor(buckets, rules, item)
    if (!isSet || rows.length === 0) rows.push({ wanted: item, found: undefined, last: undefined })
  }
  for (const item of itemsOf(found)) {
    const bucket = bucketFor(buckets, rules, item)
    if (isSet && bucket.found > 0) continue
    const row = bucket.rows[bucket.found++]
    if (row === undefined) bucket.rows.push({ wanted: undefined, found: item, last: undefined })
    else row.found = item
  }
  for (const item of itemsOf(last)) {
    const bucket = buckets.get(keyOf(rules, item))
    const row = bucket?.rows[bucket.last++]
    if (row !== undefined) row.last = item
  }
  return buckets.values()
}

/** The bucket of an item's key, made if it is the first. */
function bucketFor(buckets: Map<string, Filling>, rules: Rules, item: Value): Filling {
  const key = keyOf(rules, item)
  const known = buckets.get(key)
  if (known !== undefined) return known
  const bucket = new Filling(rules.effects.set === true ? plainText(item) : key)
  buckets.set(key, bucket)
  return bucket
}

const keyOf = (rules: Rules, item: Value): string =>
  rules.effects.set === true ? canonicalText(rulesOfItem(rules), item) : itemKey(rules, item)

const itemsOf = (list: Value | undefined): readonly Value[] => (Array.isArray(list) ? list : [])

/** The key by which an item of a keyed list is found again. */
export function itemKey({ effects: { keyed } }: Rules, item: Value): string {
  if (typeof keyed === 'function') return keyed(item)
  const key = keyed === undefined ? undefined : memberOf(item, keyed)
  return isAbsent(key) ? '' : plainText(key)
}

const plainText = (value: Value): string =>
  typeof value === 'string' ? value : canonicalText(noRules, value)
