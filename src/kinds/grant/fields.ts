import type { Rule } from '../../drift/rules.ts'
import { memberOf, type Value } from '../../drift/value.ts'
import { principalKey, securableKey } from './privileges.ts'

const text = (value: Value | undefined): string => (typeof value === 'string' ? value : '')

/** How grants are compared. Both sides come normalised; what no manifest names is not ours. */
export const grantRules: readonly Rule[] = [
  {
    path: 'securables',
    keyed: (item) => securableKey({ type: text(memberOf(item, 'type')), name: text(memberOf(item, 'name')) }),
    entries: 'Open',
    reason: 'Unity Catalog keeps names in lower case',
  },
  {
    path: 'securables[].grants',
    keyed: (item) => principalKey(text(memberOf(item, 'principal'))),
    entries: 'Open',
    reason: 'principals come in random order; those that no manifest names are not ours',
  },
  { path: 'securables[].name', caseless: true, reason: 'Unity Catalog keeps names in lower case' },
  {
    path: 'securables[].grants[].principal',
    normalise: (value) => principalKey(text(value)),
    reason: 'e-mail addresses and application ids come back in another case',
  },
  {
    path: 'securables[].grants[].privileges',
    set: true,
    entries: 'Open',
    reason: 'other privileges of a named principal are reported and left alone',
  },
]
