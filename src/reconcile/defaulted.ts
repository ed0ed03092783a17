import { isDeepStrictEqual } from 'node:util'
import { valueAt } from '../drift/assign.ts'
import { compare, type Difference } from '../drift/compare.ts'
import { noRules, type Rules } from '../drift/rules.ts'
import { isValueObject, memberOf, type Value, type ValueObject } from '../drift/value.ts'
import { isMapAddition } from '../kinds/additions.ts'
import type { Status } from '../kinds/status.ts'

/*
 * What the defaults of a workspace put into something when it was made is recorded in the status, because nothing
 * else tells it from what somebody set by hand. As long as it is there as it was put, nobody hears of it; once
 * somebody has changed it, it is reported like any setting that the manifest does not mention, and left alone.
 */

/** The record, as the status holds it; undefined when there is nothing to record. */
export const recordOf = (additions: ValueObject): string | undefined =>
  Object.keys(additions).length === 0 ? undefined : JSON.stringify(additions)

function recordIn({ defaults }: Pick<Status, 'defaults'>): ValueObject {
  try {
    const record = defaults === undefined ? {} : (JSON.parse(defaults) as Value)
    return isValueObject(record) ? record : {}
  } catch {
    // Only we write it; what somebody else has made of it says nothing.
    return {}
  }
}

/**
 * What of the defaults is there as they would have been put. Where the status was lost, as in a restored cluster, this
 * stands for the record: what is no different from a default is nobody's doing.
 */
export function putBefore(additions: ValueObject, found: Value): ValueObject {
  const put = Object.entries(additions).flatMap(([name, added]): [string, Value][] => {
    const there = memberOf(found, name)
    if (!isMapAddition(name, added))
      return added !== undefined && isDeepStrictEqual(there, added) ? [[name, added]] : []
    const same = Object.entries(added).filter(([key, value]) => memberOf(there, key) === value)
    return same.length === 0 ? [] : [[name, Object.fromEntries(same)]]
  })
  return Object.fromEntries(put)
}

interface Values {
  wanted: Value
  found: Value
  lastApplied: Value | undefined
  rules: Rules
}

/** The differences, without what a default put there. */
export function differencesOf(values: Values, status: Pick<Status, 'defaults'>): Difference[] {
  const record = recordIn(status)
  if (Object.keys(record).length === 0) return compare(values)
  return compare(withoutDefaults(values, record)).map((difference) => {
    const put = difference.cause === 'AddedRemotely' ? putAt(record, difference) : undefined
    return put === undefined ? difference : { ...difference, owned: false, put }
  })
}

/**
 * A tag is taken out of what was found: in what is wanted it would make the whole map the manifest's. Any other
 * member is wanted as it is there, so that what it brought along (a policy, its values) counts as brought along.
 */
function withoutDefaults(values: Values, record: ValueObject): Values {
  const wanted = isValueObject(values.wanted) ? { ...values.wanted } : {}
  const found = isValueObject(values.found) ? { ...values.found } : {}
  for (const [name, put] of Object.entries(record)) {
    if (isMapAddition(name, put)) found[name] = without(found[name], put, memberOf(wanted, name))
    else if (wanted[name] === undefined && isDeepStrictEqual(found[name], put)) wanted[name] = put
  }
  return { ...values, wanted, found }
}

function without(found: Value | undefined, put: ValueObject, own: Value | undefined): Value | undefined {
  if (!isValueObject(found)) return found
  return Object.fromEntries(
    Object.entries(found).filter(([key, value]) => memberOf(own, key) !== undefined || put[key] !== value),
  )
}

/** The member or the tag that a default put where a difference is. */
const putAt = (record: ValueObject, { path }: Difference): Value | undefined =>
  valueAt(record, { path, rules: noRules })
