import { isValueObject, memberOf, type Value, type ValueObject } from '../drift/value.ts'

/*
 * What the defaults of a workspace add to something that is about to be made, in manifest form: whole members, and
 * of a map of tags single keys. What the manifest says itself is never among them.
 */

const maps: ReadonlySet<string> = new Set(['tags', 'customTags'])

/** Whether an addition is a map of which each key was added by itself. */
export const isMapAddition = (name: string, value: Value | undefined): value is ValueObject =>
  maps.has(name) && isValueObject(value)

/** What the manifest wants, and the additions where it says nothing. */
export function withAdditions(wanted: Value, additions: ValueObject): ValueObject {
  const all: ValueObject = { ...additions, ...(isValueObject(wanted) ? wanted : {}) }
  for (const [name, added] of Object.entries(additions)) {
    const own = memberOf(wanted, name)
    if (isMapAddition(name, added) && isValueObject(own)) all[name] = { ...added, ...own }
  }
  return all
}

/** Default tags, without those that the manifest has or `says` names. */
export function addedTags(
  name: 'tags' | 'customTags',
  wanted: Value,
  {
    tags = {},
    says = () => false,
  }: { tags?: Record<string, string> | undefined; says?: (key: string) => boolean },
): ValueObject {
  const own = memberOf(wanted, name)
  const added = Object.entries(tags).filter(([key]) => memberOf(own, key) === undefined && !says(key))
  return added.length === 0 ? {} : { [name]: Object.fromEntries(added) }
}
