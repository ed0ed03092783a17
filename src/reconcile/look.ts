import { DatabricksError } from '../databricks/errors.ts'
import type { Difference } from '../drift/compare.ts'
import { decodeLastApplied } from '../drift/last-applied.ts'
import { isValueObject, type Value } from '../drift/value.ts'
import type { Found, Identity, Kind, ManagedSpec, Observation, Resolve, Subject } from '../kinds/kind.ts'
import { isDeleting } from './annotations.ts'
import { differencesOf } from './defaulted.ts'
import { ownerOf } from './mark.ts'
import { findOwn, type Finder } from './find-own.ts'
import { stateOf, type PartState, type State } from './state.ts'

/** What looking needs besides the object. */
export interface Sight extends Finder {
  resolve: Resolve
  /** What counts as last applied instead of the status, right after a create. */
  lastApplied?: Readonly<Record<string, Value>>
}

/** Reads every part of an object and says where each one stands. Changes nothing. */
export async function look(kind: Kind, subject: Subject, sight: Sight): Promise<PartState[]> {
  const states: PartState[] = []
  for (const { part, wanted, differ } of yardsticks(kind, subject, sight))
    states.push({ part, wanted, state: await stateOfPart({ kind, subject, sight, part, differ }) })
  return states
}

/** Where an object stands that was read already, as part of a listing. Its remote id is recorded. */
export const standing = (kind: Kind, subject: Subject, sight: Sight & { found: Found }): PartState[] =>
  yardsticks(kind, subject, sight).map(({ part, wanted, differ }) => {
    const observation = foreignMark(sight.found, subject)
    return { part, wanted, state: stateOf(observation, differ(sight.found)) }
  })

interface Yardstick {
  part: string
  wanted: Value
  differ: (found: Found) => Difference[]
}

/** What each part is compared with. */
function yardsticks(kind: Kind, subject: Subject, sight: Sight): Yardstick[] {
  const before = sight.lastApplied ?? lastAppliedOf(subject)
  return kind.parts(subject.spec, subject.status).map((part) => {
    const wanted = kind.wanted(subject.spec, part, { resolve: sight.resolve, status: subject.status })
    const lastApplied = before[part] ?? neverApplied(kind)
    const differ = ({ found }: Found) =>
      differencesOf({ wanted, found, lastApplied, rules: kind.rules }, subject.status)
    return { part, wanted, differ }
  })
}

/**
 * Nothing was applied yet as far as we remember. For an object of its own that may be a memory lost, and what
 * differs is treated as drift. Entries in somebody else's object start as absent: adding them is the manifest's wish.
 */
export const neverApplied = (kind: Kind): Value | undefined => (kind.identity === undefined ? {} : undefined)

interface Part {
  kind: Kind
  subject: Subject
  sight: Sight
  part: string
  differ: (found: Found) => Difference[]
}

async function stateOfPart({ kind, subject, sight, part, differ }: Part): Promise<State> {
  if (kind.identity !== undefined && subject.externalId === undefined) {
    const named = subject.spec.management?.externalId
    return named === undefined
      ? stateOfSearch({ kind, subject, sight, part, differ }, kind.identity)
      : stateOfNamed({ kind, subject, sight, part, differ }, named)
  }
  const observation = foreignMark(await kind.observe(subject, part), subject)
  if (observation.is === 'Missing') return stateOf(observation, [])
  const differences = differ(observation)
  const by = await changedBy(kind, subject, differences)
  return stateOf(by === undefined ? observation : { ...observation, by }, differences)
}

/** Who made the drift. Asked once: as long as nothing new differs, the status already says it. */
async function changedBy(
  kind: Kind,
  subject: Subject,
  differences: Difference[],
): Promise<string | undefined> {
  const drift = differences.filter(({ owned, cause }) => owned && cause !== 'SpecChanged')
  if (kind.changedBy === undefined || drift.length === 0) return undefined
  const known = new Map(subject.status.drift?.changes?.map(({ path, by }) => [path, by]))
  const [first] = drift
  if (first !== undefined && drift.every(({ text }) => known.has(text))) return known.get(first.text)
  try {
    return await kind.changedBy(subject)
  } catch (error) {
    // Who did it is a courtesy: lacking the right to ask must not keep the drift itself from being seen.
    if (error instanceof DatabricksError) return undefined
    throw error
  }
}

/** The manifest names an existing object that is not recorded as ours yet. */
async function stateOfNamed({ kind, subject, part, differ }: Part, id: string): Promise<State> {
  const observation = foreignMark(await kind.observe({ ...subject, externalId: id }, part), subject)
  if (observation.is === 'Missing')
    return {
      is: 'Blocked',
      reason: 'ExternalIdMissing',
      message: `spec.management.externalId: ${observation.what}`,
    }
  if (observation.managedElsewhere !== undefined)
    return { is: 'Blocked', reason: 'ManagedElsewhere', message: observation.managedElsewhere }
  return { is: 'Unrecorded', id, origin: 'Adopted', found: observation, differences: differ(observation) }
}

/** No id anywhere: only a complete listing can tell whether an earlier life of this manifest made something. */
async function stateOfSearch(
  { kind, subject, sight, part, differ }: Part,
  identity: Identity<ManagedSpec>,
): Promise<State> {
  const { found: search, unsettled } = await findOwn(sight, subject, identity)
  switch (search.is) {
    case 'Blocked':
      return search
    case 'Nothing':
      return { is: unsettled === undefined ? 'Absent' : 'CreateUnfinished' }
    case 'One': {
      const observation = await kind.observe({ ...subject, externalId: search.id }, part)
      // Listed and not to be read: one of the two lags behind, and making another one would make two.
      if (observation.is === 'Missing') return { is: 'CreateUnfinished' }
      const { id } = search
      return { is: 'Unrecorded', id, origin: 'Created', found: observation, differences: differ(observation) }
    }
    default:
      return search satisfies never
  }
}

/** An object that carries the mark of another manifest or installation is not ours to manage. */
function foreignMark(observation: Observation, { mark, object }: Subject): Observation {
  if (observation.is === 'Missing' || observation.mark === undefined) return observation
  if (ownerOf(observation.mark, mark) === 'Us' || isDeleting(object)) return observation
  return {
    ...observation,
    managedElsewhere: `it carries the mark ${observation.mark} of another manifest or installation`,
  }
}

/** What we last wrote, by part; empty when it was never written or is lost. */
export function lastAppliedOf({ status }: Pick<Subject, 'status'>): Record<string, Value> {
  const decoded = status.lastApplied === undefined ? undefined : decodeLastApplied(status.lastApplied)
  if (!isValueObject(decoded)) return {}
  return Object.fromEntries(
    Object.entries(decoded).flatMap(([part, value]) => (value === undefined ? [] : [[part, value]])),
  )
}
