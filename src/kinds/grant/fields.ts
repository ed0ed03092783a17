import type { Rule } from '../../drift/rules.ts'
import { memberOf, type Value } from '../../drift/value.ts'
import { principalKey, securableKey } from './privileges.ts'

const text = (value: Value | undefined): string => (typeof value === 'string' ? value : '')

/**
 * How grants are compared. Both sides come normalised and hold the securable and the principals of the manifest, no
 * others (`part.ts`): what no manifest names is not ours.
 */
export const grantRules: readonly Rule[] = [
  {
    path: 'securables',
    keyed: (item) => securableKey({ type: text(memberOf(item, 'type')), name: text(memberOf(item, 'name')) }),
    reason: 'Unity Catalog keeps names in lower case',
  },
  {
    path: 'securables[].grants',
    keyed: (item) => principalKey(text(memberOf(item, 'principal'))),
    reason: 'principals come in random order; e-mail addresses and application ids come back in another case',
  },
  {
    path: 'securables[].grants[].privileges',
    set: true,
    entries: 'Open',
    reason: 'other privileges of a named principal are reported and left alone',
  },
]
