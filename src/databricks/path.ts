import { DatabricksError } from './errors.ts'

/**
 * A path out of names: each value becomes exactly one segment, whatever it holds.
 * `path`/api/2.0/permissions/jobs/${id}``
 *
 * An empty name, `.` and `..` cannot be encoded (every URL parser resolves `%2e%2e` too), they would
 * address another object or a whole list: such a name is refused before anything is sent.
 */
export function path(literals: TemplateStringsArray, ...names: (string | number | bigint)[]): string {
  let text = literals[0] ?? ''
  for (const [index, value] of names.entries()) {
    const name = String(value)
    if (name === '' || name === '.' || name === '..') throw unusable(literals, name)
    text += encodeURIComponent(name) + (literals[index + 1] ?? '')
  }
  return text
}

/** The same for a call: path and route. `{ method: 'GET', ...route`/api/2.0/permissions/jobs/${id}` }` */
export const route = (
  literals: TemplateStringsArray,
  ...names: (string | number | bigint)[]
): { path: string; route: string } => ({ path: path(literals, ...names), route: withoutNames(literals) })

const withoutNames = (literals: TemplateStringsArray): string => literals.join('{name}')

const unusable = (literals: TemplateStringsArray, name: string): DatabricksError =>
  new DatabricksError({
    kind: 'Invalid',
    call: withoutNames(literals),
    status: 0,
    code: 'UNUSABLE_NAME',
    serverMessage: `"${name}" cannot be the name of an object; nothing was sent`,
    answered: false,
  })
