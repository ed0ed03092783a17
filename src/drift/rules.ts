import { parsePattern, type PatternStep } from './pattern.ts'
import type { Value } from './value.ts'

/**
 * How one field is to be understood. Without any effect a field is compared exactly, where zero, empty and
 * absent are one value as long as the manifest does not name it; an object owns the members the manifest
 * names; a list is ordered and owned whole.
 */
export interface Effects {
  /** Never compared: Databricks' own, or ours. */
  readonly computed?: true
  /** Never read back: the manifest is compared with what was last written, and only if that is known. */
  readonly writeOnly?: true

  /** Not named in the manifest: one of these found is as good as nothing, anything else is not. */
  readonly default?: readonly Value[]
  /** Not named in the manifest: whatever is found is fine and is not worth showing. */
  readonly serverDefault?: true
  /**
   * Not named in the manifest: shown like any setting that somebody made, and never put back by us. When it leaves the
   * manifest it goes only as we wrote it: a value that somebody put since stays.
   */
  readonly left?: true
  /** Databricks may keep what it has when the manifest names it no longer: then that is said, and not sent again. */
  readonly lasting?: true
  /** Not compared while this sibling is set in the manifest; each leading `../` goes up by one object. */
  readonly silentWhile?: string | readonly string[]
  /** Excludes these siblings: while one of them is set in the manifest, a value found here is drift. */
  readonly excludedBy?: string | readonly string[]
  /** Applies to everything below: while this member is set, what is found and was never in the manifest is its doing. */
  readonly suppliedBy?: string
  /** While all of these members are set, each write fills in what it leaves out: nothing that was read is sent back. */
  readonly refilledBy?: readonly string[]
  /** Takes the value of this sibling when not set itself; such a value is not sent back either. */
  readonly follows?: string
  /** Not set itself, it reads back as what this gives of a sibling as found; that is neither shown nor sent back. */
  readonly derived?: { readonly from: string; readonly gives: (sibling: Value) => Value | undefined }

  /** Pairs (wanted, found) that mean the same, in this direction only. */
  readonly alias?: readonly (readonly [Value, Value])[]
  /** This wanted value leaves the choice to Databricks: it equals whatever is found. */
  readonly wantedAny?: Value
  readonly caseless?: true
  /** 1, 1.0 and "1" are one value. */
  readonly numeric?: true
  readonly trailingSlash?: true
  /** Maps both sides to what they mean before they are compared; an object becomes one value by it. */
  readonly normalise?: (value: Value) => Value

  /** A list that is a map by the named member or by a function of the item; items of one key pair up in order. */
  readonly keyed?: string | ((item: Value) => string)
  /** A list of scalars in which order and repetition mean nothing; how they are spelled is said in the same row. */
  readonly set?: true
  /**
   * Maps (every object with a `.*` row is one), keyed lists and sets: whether an entry that the manifest does
   * not name is drift as soon as the manifest mentions the whole. Default: Exact.
   */
  readonly entries?: 'Exact' | 'Open'
  /** An object that appears and vanishes as one, such as a schedule: one difference, not one per member. */
  readonly unit?: true
  /** Of what differs in it nothing is written while another part waits: together they mean something. */
  readonly whole?: true

  /** A secret: shown as a hash on both sides. Applies to everything below. */
  readonly sensitive?: true
  /** May hold secrets: a found value is shown only where the manifest names it literally. Applies to everything below. */
  readonly guarded?: true
}

/** One row of a kind's table. Rows with the same path add up; of one effect the later row counts. */
export interface Rule extends Effects {
  /** `tasks[].maxRetries`, `tags.*`, `sparkConf["spark.master"]`; empty for the value itself. */
  readonly path: string
  /** Why Databricks makes this row necessary. */
  readonly reason: string
}

/** The rules of a value and of what lies below it. */
export interface Rules {
  readonly effects: Effects
  readonly members: ReadonlyMap<string, Rules>
  readonly anyKey: Rules | undefined
  readonly eachItem: Rules | undefined
  /** Whether all of it reads back: nothing here or below is write-only. */
  readonly isReadable: boolean
}

interface Branch {
  effects: Effects
  members: Map<string, Branch>
  anyKey: Branch | undefined
  eachItem: Branch | undefined
}

/** No effect at all, by name. */
const noEffects: { readonly [Name in keyof Effects]-?: undefined } = {
  computed: undefined,
  writeOnly: undefined,
  default: undefined,
  serverDefault: undefined,
  left: undefined,
  lasting: undefined,
  refilledBy: undefined,
  follows: undefined,
  derived: undefined,
  silentWhile: undefined,
  excludedBy: undefined,
  suppliedBy: undefined,
  alias: undefined,
  wantedAny: undefined,
  caseless: undefined,
  numeric: undefined,
  trailingSlash: undefined,
  normalise: undefined,
  keyed: undefined,
  set: undefined,
  entries: undefined,
  unit: undefined,
  whole: undefined,
  sensitive: undefined,
  guarded: undefined,
}

const branch = (): Branch => ({ effects: {}, members: new Map(), anyKey: undefined, eachItem: undefined })

/** The branch as it is read: all effects have all members, because objects of one shape are read twice as fast. */
function finished(branch: Branch): Rules {
  const effects = { ...noEffects, ...branch.effects } as Effects
  const members = new Map([...branch.members].map(([name, member]) => [name, finished(member)]))
  const anyKey = branch.anyKey && finished(branch.anyKey)
  const eachItem = branch.eachItem && finished(branch.eachItem)
  const below = [...members.values(), anyKey, eachItem]
  const isReadable = effects.writeOnly !== true && below.every((one) => one?.isReadable !== false)
  return { effects, members, anyKey, eachItem, isReadable }
}

/** What has no row. */
export const noRules: Rules = finished(branch())

/** The same rules for a value that is part of another one: `prefixed('tasks[].newCluster', clusterRules)`. */
export function prefixed(prefix: string, rules: readonly Rule[]): Rule[] {
  return rules.map((rule) => {
    const joint = rule.path === '' || rule.path.startsWith('[') ? '' : '.'
    return { ...rule, path: `${prefix}${joint}${rule.path}` }
  })
}

/** Turns a table into a tree that is walked along with the values. */
export function compileRules(rules: readonly Rule[]): Rules {
  const root = branch()
  for (const { path, reason: _reason, ...effects } of rules) {
    const end = parsePattern(path).reduce(descend, root)
    end.effects = { ...end.effects, ...effects }
    if (effects.set === true) {
      const items = descend(end, { is: 'EachItem' })
      items.effects = { ...scalarEffects(effects), ...items.effects }
    }
  }
  return finished(root)
}

/** What a set's row says about spelling is about its items. */
const scalarEffects = ({ caseless, numeric, trailingSlash }: Effects): Effects => ({
  ...(caseless && { caseless }),
  ...(numeric && { numeric }),
  ...(trailingSlash && { trailingSlash }),
})

function descend(from: Branch, step: PatternStep): Branch {
  switch (step.is) {
    case 'Member': {
      const next = from.members.get(step.name) ?? branch()
      from.members.set(step.name, next)
      return next
    }
    case 'AnyKey':
      return (from.anyKey ??= branch())
    case 'EachItem':
      return (from.eachItem ??= branch())
    default:
      return step satisfies never
  }
}

/** The rules of a member; a named row goes before the one for any key. */
export const rulesOfMember = (rules: Rules, name: string): Rules =>
  rules.members.get(name) ?? rules.anyKey ?? noRules

/** The rules of every item of a list. */
export const rulesOfItem = (rules: Rules): Rules => rules.eachItem ?? noRules

/** Whether an object is a map, whose keys are data, and not a record, whose members are fields. */
export const isMap = ({ anyKey, effects }: Rules): boolean =>
  anyKey !== undefined || effects.entries !== undefined
