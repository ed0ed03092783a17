import type { Management } from './management.ts'
import type { Rule } from './rule.ts'

type Kind = 'DatabricksCluster' | 'JobSpec' | 'CatalogGrant'

/** Two settings of `spec.management` that contradict each other. */
export interface Contradiction {
  /** The setting that cannot be had. */
  readonly setting: string
  /** When it cannot. */
  readonly when: string
  /** Why, and what to do instead; the message to whoever applies it. */
  readonly because: string
  /** The kinds that have both; absent: all. */
  readonly kinds?: readonly Kind[]
  /** True in CEL over the `management` object when it is contradictory. */
  readonly cel: string
  /** The same for what is stored already. */
  readonly isMet: (management: Pick<Management, keyof Management>) => boolean
  /** The member to name. */
  readonly at: string
}

const adoptable = ['DatabricksCluster', 'JobSpec'] as const

/**
 * Every combination of settings in `spec.management` that is refused; all others are legal. The rules of the
 * CustomResourceDefinitions and docs/management.md are made from this table.
 */
export const contradictions: readonly Contradiction[] = [
  {
    setting: '`unlisted: Correct`',
    when: 'with `mode: Observe`',
    because:
      'mode Observe never writes, so unlisted: Correct would do nothing: set mode: Correct, or unlisted: Report',
    cel: "has(self.mode) && self.mode == 'Observe' && has(self.unlisted) && self.unlisted == 'Correct'",
    isMet: ({ mode, unlisted }) => mode === 'Observe' && unlisted === 'Correct',
    at: 'unlisted',
  },
  {
    setting: '`unlisted: Correct`',
    when: 'with `externalId`, as long as `mode` is not set',
    because:
      'what was adopted is only observed until mode says otherwise, so unlisted: Correct would do nothing: set mode: Correct too',
    kinds: adoptable,
    cel: "has(self.externalId) && !has(self.mode) && has(self.unlisted) && self.unlisted == 'Correct'",
    isMet: ({ externalId, mode, unlisted }) =>
      externalId !== undefined && mode === undefined && unlisted === 'Correct',
    at: 'unlisted',
  },
  {
    setting: '`unlisted: Correct`',
    when: 'on a CatalogGrant',
    because:
      'a CatalogGrant reaches as far as its authority says: other privileges of the same principal may be those of another manifest',
    kinds: ['CatalogGrant'],
    cel: "has(self.unlisted) && self.unlisted == 'Correct'",
    isMet: ({ unlisted }) => unlisted === 'Correct',
    at: 'unlisted',
  },
  {
    setting: '`takeOver: true`',
    when: 'without `externalId`',
    because: 'takeOver needs externalId beside it: it says which existing job is to be taken over',
    kinds: ['JobSpec'],
    cel: 'has(self.takeOver) && self.takeOver && !has(self.externalId)',
    isMet: ({ takeOver, externalId }) => takeOver === true && externalId === undefined,
    at: 'takeOver',
  },
]

/** What the API server refuses in `management` of a kind. */
export const combinationRules = (kind: Kind): Rule<object>[] =>
  contradictions
    .filter(({ kinds = [kind] }) => kinds.includes(kind))
    .map(({ cel, because, at, isMet }) => ({
      rule: `!(${cel})`,
      message: because,
      fieldPath: `.${at}`,
      holds: (management) => !isMet(management),
    }))
