/*
 * Pieces of CEL for the policies. Whatever they are put into runs on Kubernetes 1.30, which knows the functions of
 * 1.29: https://kubernetes.io/docs/reference/using-api/cel/
 */

/** A text. */
export const text = (words: string): string =>
  `'${words.replaceAll(/['\\]/g, (character) => `\\${character}`)}'`

/** Texts, one after the other. */
export const joined = (...texts: readonly string[]): string => texts.join(' + ')

/** Whether one of them holds; those behind it are then not asked. */
export const either = (...expressions: readonly string[]): string => expressions.join(' || ')

/** A list or a map in an object's metadata, which has none that are empty. */
export const metadata = (
  object: string,
  field: 'annotations' | 'labels' | 'ownerReferences' | 'finalizers',
  empty: '{}' | '[]',
): string => `(has(${object}.metadata.${field}) ? ${object}.metadata.${field} : ${empty})`

/**
 * Whether its management protects an object. What another version's definitions let in may be of any form, and not
 * every kind has a management: `dyn` keeps who checks types from looking for it.
 */
export function isProtected(object: string): string {
  const spec = `dyn(${object}).spec`
  return [
    `has(${spec}) && type(${spec}) == map`,
    `has(${spec}.management) && type(${spec}.management) == map`,
    `has(${spec}.management.protect) && ${spec}.management.protect == true`,
  ].join(' && ')
}
