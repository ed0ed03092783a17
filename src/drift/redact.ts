import { itemKey } from './buckets.ts'
import type { Segment } from './path.ts'
import { rulesOfItem, rulesOfMember, type Rules } from './rules.ts'
import { hashOf, isSecretLike, isSecretReference, looksSecret } from './secret-like.ts'
import { isValueObject, memberOf, type Value, type ValueObject } from './value.ts'

/*
 * What may be shown of a value, in a status that many may read and in logs. A value stays itself in a
 * difference, because it is written back; nothing but the masked copy is ever shown.
 */

/** What the way to a value says about showing it. */
export interface Scope {
  readonly rules: Rules
  /** A secret by its rules or by a name on the way. */
  readonly isHidden: boolean
  /** A place where people put secrets although it is not made for them. */
  readonly isGuarded: boolean
}

/** The scope of a whole value. */
export const rootScope = (rules: Rules): Scope => ({
  rules,
  isHidden: rules.effects.sensitive === true,
  isGuarded: rules.effects.guarded === true,
})

/** The scope of a part of a value. */
export function scopeBelow(scope: Scope, segment: Segment): Scope {
  const rules = typeof segment === 'string' ? rulesOfMember(scope.rules, segment) : rulesOfItem(scope.rules)
  const { isHidden, isGuarded } = rootScope(rules)
  return {
    rules,
    isHidden: scope.isHidden || isHidden || isSecretSegment(scope, segment),
    isGuarded: scope.isGuarded || isGuarded,
  }
}

/** The key of an item names a secret only where items are key and value; a task may well be called refresh-tokens. */
function isSecretSegment(scope: Scope, segment: Segment): boolean {
  if (typeof segment === 'string') return isSecretLike(segment)
  return typeof segment === 'object' && scope.isGuarded && isSecretLike(segment.key)
}

/** A copy to show. `named` is what the manifest has in the same place: it tells what is no news to its readers. */
export function masked(scope: Scope, value: Value, named: Value | undefined): Value {
  if (Array.isArray(value)) return maskedList(scope, value, Array.isArray(named) ? named : [])
  if (typeof value === 'object' && value !== null) return maskedObject(scope, value, named)
  if (value === null || (typeof value === 'string' && isSecretReference(value))) return value
  if (typeof value === 'string' && looksSecret(value)) return hashOf(value)
  return scope.isHidden || (scope.isGuarded && !isLiteral(named)) ? hashOf(value) : value
}

function maskedObject(scope: Scope, value: ValueObject, named: Value | undefined): Value {
  const members = Object.entries(value).flatMap(([name, member]) =>
    member === undefined
      ? []
      : [[name, masked(scopeBelow(scope, name), member, memberOf(named, name))] as const],
  )
  return Object.fromEntries(members)
}

function maskedList(scope: Scope, list: readonly Value[], named: readonly Value[]): Value {
  const isKeyed = scope.rules.effects.keyed !== undefined
  return list.map((item, index) => {
    const segment = isKeyed ? { key: itemKey(scope.rules, item), occurrence: 1 } : index
    const below = scopeBelow(scope, segment)
    const isHidden = below.isHidden || (below.isGuarded && isSecretArgument(list, index))
    return withKey(scope.rules, item, masked({ ...below, isHidden }, item, named[index]))
  })
}

/** By its key an item is named in paths, so it is no secret. */
function withKey({ effects: { keyed } }: Rules, item: Value, shown: Value): Value {
  const key = typeof keyed === 'string' ? memberOf(item, keyed) : undefined
  return typeof keyed === 'string' && key !== undefined && isValueObject(shown)
    ? { ...shown, [keyed]: key }
    : shown
}

/** `--password=x` in itself, or `x` after `--password`. */
const isSecretArgument = (list: readonly Value[], index: number): boolean =>
  [list[index], list[index - 1]].some((item) => typeof item === 'string' && isSecretLike(item))

const isLiteral = (value: Value | undefined): boolean =>
  typeof value === 'string'
    ? !isSecretReference(value)
    : typeof value === 'number' || typeof value === 'boolean'
