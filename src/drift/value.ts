/**
 * A value in manifest form: camelCase plain JSON in which 64-bit ids are strings of digits. A member that is
 * null or undefined is the same as one that is not there: Kubernetes drops nulls, Databricks writes them.
 */
export type Value = string | number | boolean | null | Value[] | ValueObject

/** A value with members. One that is undefined is not there. */
export type ValueObject = { [key: string]: Value | undefined }

/** Whether there is nothing: null is as good as undefined. */
export const isAbsent = (value: Value | undefined): value is null | undefined =>
  value === undefined || value === null

/** Whether a value has members. */
export const isValueObject = (value: Value | undefined): value is ValueObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** An own member. Keys are data (tags, parameters), so `constructor` or `__proto__` must never reach a prototype. */
export function memberOf(value: Value | undefined, name: string): Value | undefined {
  return isValueObject(value) && Object.hasOwn(value, name) ? value[name] : undefined
}

const none: ValueObject = Object.freeze({})

/** The members of an object; of anything else none. */
export const membersOf = (value: Value | undefined): ValueObject => (isValueObject(value) ? value : none)

/** A member of an object, never what its prototype has. */
export function ownIn(members: ValueObject, name: string): Value | undefined {
  const member = members[name]
  return member === undefined || Object.hasOwn(members, name) ? member : undefined
}

/** Absent, or a container without anything in it. */
export function isVoid(value: Value | undefined): boolean {
  if (isAbsent(value)) return true
  if (Array.isArray(value)) return value.length === 0
  return typeof value === 'object' && Object.values(value).every(isAbsent)
}

/**
 * Void, a zero scalar, or an object of nothing else: what Databricks echoes for a field that nobody set
 * (`emailNotifications: {}`, `timeoutSeconds: 0`).
 */
export function isEmpty(value: Value | undefined): boolean {
  if (isAbsent(value) || value === '' || value === 0 || value === false) return true
  if (Array.isArray(value)) return value.length === 0
  return typeof value === 'object' && Object.values(value).every(isEmpty)
}

/**
 * Whether two values are written alike, whatever order their members come in. Two that are not may still mean the
 * same, and two that are do under any rules.
 */
export function isAlike(a: Value | undefined, b: Value | undefined): boolean {
  if (a === b) return true
  if (Array.isArray(a)) return Array.isArray(b) && hasItemsAlike(a, b)
  return isValueObject(a) && isValueObject(b) && hasMembersAlike(a, b)
}

function hasItemsAlike(a: readonly Value[], b: readonly Value[]): boolean {
  if (a.length !== b.length) return false
  for (let index = 0; index < a.length; index += 1) if (!isAlike(a[index], b[index])) return false
  return true
}

function hasMembersAlike(a: ValueObject, b: ValueObject): boolean {
  const names = Object.keys(a)
  if (names.length !== Object.keys(b).length) return false
  for (const name of names) {
    const member = a[name]
    if (member === undefined || !isAlike(member, ownIn(b, name))) return false
  }
  return true
}
