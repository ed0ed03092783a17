import { appendFile } from 'node:fs/promises'
import { inject } from 'vitest'
import type { Audited } from './audit.ts'

/** What was asked for, in the words of a rule: `patch lakeward.dev jobspecs/status`. */
function rightIn({ verb, objectRef }: Audited): string {
  const { apiGroup = '', resource = '', subresource } = objectRef ?? {}
  return rightTo(verb, apiGroup, subresource === undefined ? resource : `${resource}/${subresource}`)
}

/** The same of a rule. */
export const rightTo = (verb: string, group: string, resource: string): string =>
  `${verb} ${group || 'core'} ${resource}`

/** Judged by who decides about rights: what is refused for other reasons, such as an Event in a namespace that ends, was allowed. */
const isForbidden = ({ annotations }: Audited): boolean =>
  annotations?.['authorization.k8s.io/decision'] === 'forbid'

/** A right and where it was used. */
const placeOf = (entry: Audited): string =>
  `${rightIn(entry)} in ${entry.objectRef?.namespace ?? 'the cluster'}`

/**
 * What an operator must not have asked for, each once: what it has no right to, unless the story means it to be
 * refused, and Secrets other than by name. A right that it did have there is not missing: for a moment after its start
 * an API server knows of no rights at all and refuses everything.
 */
export function wrongRequests(entries: readonly Audited[], meantToBeRefused: readonly string[]): string[] {
  const had = new Set(entries.filter((entry) => !isForbidden(entry)).map(placeOf))
  const wrong = entries.flatMap((entry) => {
    const right = rightIn(entry)
    if (/^(list|watch) core secrets$/.test(right)) return [`${right} was asked for: ${entry.requestURI}`]
    if (!isForbidden(entry) || meantToBeRefused.includes(right) || had.has(placeOf(entry))) return []
    return [`${right} was refused: ${entry.requestURI}`]
  })
  return [...new Set(wrong)]
}

/** Notes for the end of the run which rights were used. */
export async function noteUse(entries: readonly Audited[]): Promise<void> {
  const used = new Set(entries.filter((entry) => !isForbidden(entry)).map(rightIn))
  if (used.size > 0) await appendFile(inject('usedRights'), [...used, ''].join('\n'))
}
