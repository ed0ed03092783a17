import { createHash } from 'node:crypto'
import { itemKey } from './buckets.ts'
import { ordered } from './ordered.ts'
import { isMap, rulesOfMember, type Rules } from './rules.ts'
import { isAbsent, isValueObject, memberOf, type Value, type ValueObject } from './value.ts'

/*
 * What is remembered of an object that is too long to be remembered whole: of each item of a keyed list and each entry
 * of a map its key and a hash, and of any other long value a hash; an object is its members, down to these. Beside what
 * is wanted today that is nearly as good: what has the same hash was the same, and what is no longer wanted was there.
 * Only of what changed inside one item is it not known what it was: what left that item is left alone, as if nothing had
 * been remembered of it.
 */

/** Stands in the place of an object that is summed up. No field is called so. */
const mark = '#'

/** What is shorter, in characters, is remembered as it is. */
const short = 64
/** The same for a set, of which only its items can tell that they were there. */
const shortSet = 2048

/** An object in a few words; what was in a few words already stays as it is. */
export function summaryOf(value: Value, rules: Rules): Value {
  if (!isValueObject(value) || isSummary(value)) return value
  return { [mark]: notesOf(value, rules) }
}

const notesOf = (value: ValueObject, rules: Rules): ValueObject =>
  Object.fromEntries(
    Object.entries(value).flatMap(([name, member]) =>
      isAbsent(member) ? [] : [[name, noteOf(member, rulesOfMember(rules, name))] as const],
    ),
  )

/**
 * What is known of an object's former self, given what would be remembered of what is wanted of it now: the hashes are
 * of that, which holds no secret. One that was remembered whole is itself.
 */
export const recalled = (memory: Value | undefined, likely: Value, rules: Rules): Value | undefined =>
  isSummary(memory) ? recalledMembers(memory[mark], likely, rules) : memory

const recalledMembers = (notes: ValueObject, wanted: Value | undefined, rules: Rules): ValueObject =>
  Object.fromEntries(
    Object.entries(notes).flatMap(([name, note]) => {
      const member = recalledMember(note, memberOf(wanted, name), rulesOfMember(rules, name))
      return isAbsent(member) ? [] : [[name, member] as const]
    }),
  )

function noteOf(member: Value, rules: Rules): ValueObject {
  if (JSON.stringify(member).length <= (rules.effects.set === true ? shortSet : short))
    return { value: member }
  if (Array.isArray(member) && keyOf(rules) !== undefined)
    return { entries: member.map((item) => [itemKey(rules, item), hashOf(item)]) }
  if (isValueObject(member) && isMap(rules))
    return {
      entries: Object.entries(member).flatMap(([key, value]) =>
        isAbsent(value) ? [] : [[key, hashOf(value)]],
      ),
    }
  if (isValueObject(member) && rules.effects.normalise === undefined)
    return { members: notesOf(member, rules) }
  return { hash: hashOf(member) }
}

/** The member by which the items of a list are told apart, where it is one. */
const keyOf = ({ effects: { keyed } }: Rules): string | undefined =>
  typeof keyed === 'string' ? keyed : undefined

function recalledMember(note: Value | undefined, wanted: Value | undefined, rules: Rules): Value | undefined {
  const entries = memberOf(note, 'entries')
  if (Array.isArray(entries)) {
    const key = keyOf(rules)
    const pairs = entries.flatMap(pairIn)
    return key === undefined ? recalledEntries(pairs, wanted) : recalledItems(pairs, wanted, { key, rules })
  }
  const notes = memberOf(note, 'members')
  if (isValueObject(notes)) return recalledMembers(notes, wanted, rules)
  const hash = memberOf(note, 'hash')
  if (typeof hash !== 'string') return memberOf(note, 'value')
  if (isAbsent(wanted)) return `${mark}${hash}`
  return hashOf(wanted) === hash ? wanted : undefined
}

type Pair = readonly [key: string, hash: string]

/** A status can be edited by hand. */
function pairIn(entry: Value): Pair[] {
  const [key, hash] = Array.isArray(entry) ? entry : []
  return typeof key === 'string' && typeof hash === 'string' ? [[key, hash]] : []
}

/** Items that are the same, and of the others that they were there. */
function recalledItems(
  pairs: readonly Pair[],
  wanted: Value | undefined,
  { key: name, rules }: { key: string; rules: Rules },
): Value {
  const items = Map.groupBy(Array.isArray(wanted) ? wanted : [], (item) => itemKey(rules, item))
  return pairs.map(([key, hash]) => items.get(key)?.find((item) => hashOf(item) === hash) ?? { [name]: key })
}

/** Entries that are the same, and of the others that they were there. */
const recalledEntries = (pairs: readonly Pair[], wanted: Value | undefined): ValueObject =>
  Object.fromEntries(
    pairs.map(([key, hash]) => {
      const now = memberOf(wanted, key)
      return [key, !isAbsent(now) && hashOf(now) === hash ? now : `${mark}${hash}`]
    }),
  )

type Summary = ValueObject & { [mark]: ValueObject }

/** Whether a memory is of an object that is summed up. */
export const isSummary = (value: Value | undefined): value is Summary => isValueObject(memberOf(value, mark))

/** The same for the same value, whatever order its members come in. */
const hashOf = (value: Value): string =>
  createHash('sha256')
    .update(JSON.stringify(ordered(value)))
    .digest('base64url')
    .slice(0, 11)
