import { isDeepStrictEqual } from 'node:util'
import { isObject, type JsonObject } from '../../databricks/json.ts'
import { assignAll } from '../../drift/assign.ts'
import { replacementOf } from '../../drift/carry.ts'
import type { Difference } from '../../drift/difference.ts'
import type { Segment } from '../../drift/path.ts'
import { rulesOfItem, rulesOfMember, type Rules } from '../../drift/rules.ts'
import { memberOf, type Value } from '../../drift/value.ts'
import { lostWith } from '../cluster/unreadable.ts'
import { toSnakeCase } from '../naming.ts'

/** The lists of which jobs/update takes single entries, each of them whole, and what their entries are known by. */
const lists = Object.entries({ tasks: 'taskKey', jobClusters: 'jobClusterKey' })

/**
 * The same differences, with a flag that left the manifest turned off: as it is never read back, taking it out of what
 * was read would change nothing, and nothing would be sent.
 */
export const withFlagsOff = (differences: readonly Difference[]): Difference[] =>
  differences.map((difference) =>
    difference.path.at(-1) === 'applyPolicyDefaultValues' && difference.wanted === undefined
      ? { ...difference, wanted: false }
      : difference,
  )

/** What is lost when the entry that a difference lies in is sent whole: something of its cluster. */
export function lostWithEntry(settings: JsonObject, [list, item]: readonly Segment[]): string | undefined {
  const [name, key] = lists.find(([name]) => name === list) ?? []
  if (name === undefined || key === undefined || typeof item !== 'object') return undefined
  const entries = settings[toSnakeCase(name)]
  const all = Array.isArray(entries) ? entries.filter(isObject) : []
  const cluster = all.find((entry) => entry[toSnakeCase(key)] === item.key)?.['new_cluster']
  return isObject(cluster) ? lostWith(cluster) : undefined
}

/** Makes the changed tasks and job clusters of an edited job fit to be sent. */
export function settleEntries(wanted: Value, rules: Rules): (edited: Value, found: Value) => Value {
  return (edited, found) =>
    lists.reduce((job, [name, key]) => {
      const entries = memberOf(job, name)
      if (!Array.isArray(entries)) return job
      const sides = { wanted: byKey(wanted, name, key), found: byKey(found, name, key) }
      const settled = entries.map((entry) =>
        settledEntry(entry, sides, { key, rules: entryRules(rules, name) }),
      )
      return assignAll(job, [{ path: [name], wanted: settled }], rules) ?? job
    }, edited)
}

interface Sides {
  wanted: ReadonlyMap<Value | undefined, Value>
  found: ReadonlyMap<Value | undefined, Value>
}

/** An entry that is new or as it was stays as it is. */
function settledEntry(edited: Value, sides: Sides, { key, rules }: { key: string; rules: Rules }): Value {
  const wanted = sides.wanted.get(memberOf(edited, key))
  const found = sides.found.get(memberOf(edited, key))
  const isEdited = wanted !== undefined && found !== undefined && !isDeepStrictEqual(edited, found)
  return isEdited ? replacementOf({ wanted, found, edited, rules }) : edited
}

const entryRules = (rules: Rules, list: string): Rules => rulesOfItem(rulesOfMember(rules, list))

function byKey(job: Value, list: string, key: string): Map<Value | undefined, Value> {
  const entries = memberOf(job, list)
  return new Map(Array.isArray(entries) ? entries.map((entry) => [memberOf(entry, key), entry]) : [])
}
