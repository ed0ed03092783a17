import { assignAll, valueAt } from '../drift/assign.ts'
import { recalledSealed, type Keeping } from '../drift/sealed.ts'
import type { Value } from '../drift/value.ts'
import type { PartState } from './state.ts'
import type { Tally } from './tally.ts'

/**
 * What counts as applied after a pass, by part: what the manifest wants, except where a change of the manifest
 * is still on its way or held, or cannot be made. There the former value stays, so that the change goes on being one.
 */
export function nextLastApplied({
  states,
  before,
  tally,
  keeping,
}: {
  states: readonly PartState[]
  before: Readonly<Record<string, Value>>
  tally: Tally
  keeping: Keeping
}): Record<string, Value> {
  const { rules } = keeping
  const waits = tally.judged
    .map(({ difference }) => difference)
    .filter(({ cause, owned, cannotUnset }) => cause === 'SpecChanged' && (owned || cannotUnset === true))
  const applied = states.flatMap(({ part, wanted, state }): [string, Value][] => {
    if (state.is === 'Missing' || state.is === 'Blocked')
      return before[part] === undefined ? [] : [[part, before[part]]]
    // A path names its part, so a difference of another part finds nothing here and changes nothing.
    const former = recalledSealed(before[part], wanted, keeping)
    const kept = waits.map(({ path }) => ({ path, wanted: valueAt(former, { path, rules }) }))
    const value = assignAll(wanted, kept, rules)
    return value === undefined || isEmptyObject(value) ? [] : [[part, value]]
  })
  return Object.fromEntries(applied)
}

/** A part that wants nothing any more, such as a securable that left the manifest, needs no memory. */
const isEmptyObject = (value: Value): boolean =>
  typeof value === 'object' && value !== null && Object.keys(value).length === 0
