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

/** Whether its management protects an object. What another version's definitions let in may be of any form. */
export const isProtected = (object: string): string =>
  [
    `has(${object}.spec) && type(${object}.spec) == map`,
    `has(${object}.spec.management) && type(${object}.spec.management) == map`,
    `has(${object}.spec.management.protect) && ${object}.spec.management.protect == true`,
  ].join(' && ')
