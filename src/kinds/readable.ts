import { isObject } from '../databricks/json.ts'

/** Reading what may have any shape: whatever is not as expected is as if it were absent. */

/** A member, if it is an object that has it. */
export const memberIn = (value: unknown, name: string): unknown => (isObject(value) ? value[name] : undefined)

/** A member, if it is text. */
export function textIn(value: unknown, name: string): string | undefined {
  const member = memberIn(value, name)
  return typeof member === 'string' ? member : undefined
}

/** A member, if it is a list. */
export function listIn(value: unknown, name: string): readonly unknown[] {
  const member = memberIn(value, name)
  return Array.isArray(member) ? member : []
}
