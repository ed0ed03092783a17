import { createHmac } from 'node:crypto'
import { itemKey } from './buckets.ts'
import { remembered } from './remembered.ts'
import { rulesOfItem, rulesOfMember, type Rules } from './rules.ts'
import { hashForm, hashOf, sealForm } from './secret-like.ts'
import { isSummary, recalled } from './summary.ts'
import { isAbsent, isValueObject, memberOf, type Value } from './value.ts'

/*
 * A hash of a secret with few possibilities can be found by trying them all. So what is stored of a secret is a hash of
 * its hash under a key: who has no key finds nothing. To compare it is unsealed beside the values that it may be of. What
 * was sealed under another key says nothing: then it counts as what the manifest wants, so that it is left alone.
 */

/** How memories are kept: the rules of their kind, and the key that secrets in them are sealed with. */
export interface Keeping {
  readonly rules: Rules
  readonly key: string
}

/** A remembered value, with the hashes of its secrets sealed. What is sealed already stays so. */
export function sealed(value: Value, key: string): Value {
  if (typeof value === 'string') return hashForm.test(value) ? sealOf(value, key) : value
  if (Array.isArray(value)) return value.map((item) => sealed(item, key))
  if (!isValueObject(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [
      name,
      member === undefined ? undefined : sealed(member, key),
    ]),
  )
}

/** What is known of a value's former self, given what is wanted of it now; its secrets are sealed still. */
export const recalledSealed = (
  memory: Value | undefined,
  wanted: Value,
  keeping: Keeping,
): Value | undefined =>
  isSummary(memory)
    ? recalled(memory, sealed(remembered(keeping.rules, wanted), keeping.key), keeping.rules)
    : memory

/** The values beside which a memory is unsealed. */
interface Beside {
  wanted: Value | undefined
  found: Value | undefined
}

/** A memory in which secrets are hashes by which the same secrets are known again. Most memories hold none. */
export const unsealed = (memory: Value | undefined, beside: Beside, keeping: Keeping): Value | undefined =>
  hasSeals(memory) ? unsealedParts(memory, beside, keeping) : memory

function hasSeals(memory: Value | undefined): boolean {
  if (typeof memory === 'string') return sealForm.test(memory)
  if (Array.isArray(memory)) return memory.some(hasSeals)
  return isValueObject(memory) && Object.values(memory).some(hasSeals)
}

function unsealedParts(
  memory: Value | undefined,
  { wanted, found }: Beside,
  { rules, key }: Keeping,
): Value | undefined {
  if (typeof memory === 'string')
    return sealForm.test(memory) ? hashBehind(memory, [wanted, found], key) : memory
  if (Array.isArray(memory)) return unsealedItems(memory, { wanted, found }, { rules, key })
  if (!isValueObject(memory)) return memory
  return Object.fromEntries(
    Object.entries(memory).map(([name, member]) => [
      name,
      unsealedParts(
        member,
        { wanted: memberOf(wanted, name), found: memberOf(found, name) },
        { rules: rulesOfMember(rules, name), key },
      ),
    ]),
  )
}

/** Items beside those of the same key, or in the same place where they have none. */
function unsealedItems(memory: readonly Value[], beside: Beside, { rules, key }: Keeping): Value[] {
  const isKeyed = rules.effects.keyed !== undefined
  const [wanted, found] = [itemsOf(beside.wanted), itemsOf(beside.found)]
  const byKey = (list: readonly Value[]) => new Map(list.map((item) => [itemKey(rules, item), item]))
  const [wantedByKey, foundByKey] = isKeyed ? [byKey(wanted), byKey(found)] : []
  return memory.map((item, index) => {
    const name = isKeyed ? itemKey(rules, item) : ''
    const others = isKeyed
      ? { wanted: wantedByKey?.get(name), found: foundByKey?.get(name) }
      : { wanted: wanted[index], found: found[index] }
    return unsealedParts(item, others, { rules: rulesOfItem(rules), key }) ?? item
  })
}

const itemsOf = (list: Value | undefined): readonly Value[] => (Array.isArray(list) ? list : [])

/** The hash that was sealed, if it is of one of these values, of which the first is the one that is wanted. */
function hashBehind(seal: string, values: readonly (Value | undefined)[], key: string): string {
  const hashes = values.map((value) =>
    isAbsent(value) || typeof value === 'object' ? undefined : hashOf(value),
  )
  const same = hashes.find((hash) => hash !== undefined && sealOf(hash, key) === seal)
  if (same !== undefined) return same
  return seal.startsWith(idOf(key)) ? seal : (hashes[0] ?? seal)
}

const sealOf = (hash: string, key: string): string => `${idOf(key)}${hmac(key, hash, 16)}`

/** By which a seal tells its key, without telling anything of it. */
const idOf = (key: string): string => `hmac:${hmac(key, 'the key', 4)}:`

const hmac = (key: string, text: string, digits: number): string =>
  createHmac('sha256', key).update(text).digest('hex').slice(0, digits)
