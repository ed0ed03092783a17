import { DatabricksError } from '../databricks/errors.ts'
import type { Difference } from '../drift/compare.ts'
import { reportedPath } from '../drift/report.ts'
import { decodeLastApplied } from '../drift/last-applied.ts'
import { recalledSealed, unsealed, type Keeping } from '../drift/sealed.ts'
import { isValueObject, type Value } from '../drift/value.ts'
import type { Found, Identity, Kind, ManagedSpec, Observation, Resolve, Subject } from '../kinds/kind.ts'
import type { Status } from '../kinds/status.ts'
import { isDeleting } from './annotations.ts'
import { differencesOf, putBefore, recordOf } from './defaulted.ts'
import { ownerOf } from './mark.ts'
import { historyOf } from './history.ts'
import { findOwn, type Finder } from './find-own.ts'
import { blockedBy, stateOf, type PartState, type State } from './state.ts'
import { underStance, type Stance } from './stance.ts'

/** What looking needs besides the object. */
export interface Sight extends Finder {
  resolve: Resolve
  stance: Stance
  /** How what was applied is remembered. */
  keeping: Keeping
  /** What counts as last applied instead of the status, right after a create. */
  lastApplied?: Readonly<Record<string, Value>>
}

/** Reads every part of an object and says where each one stands. Changes nothing. */
export async function look(kind: Kind, subject: Subject, sight: Sight): Promise<PartState[]> {
  const states: PartState[] = []
  for (const { part, wanted, differ } of yardsticks(kind, subject, sight))
    states.push({ part, wanted, state: await stateOfPart({ kind, subject, sight, part, wanted, differ }) })
  return states
}

/** Where an object stands that was read already, as part of a listing. Its remote id is recorded. */
export const standing = (kind: Kind, subject: Subject, sight: Sight & { found: Found }): PartState[] =>
  yardsticks(kind, subject, sight).map(({ part, wanted, differ }) => {
    const observation = whoElse(sight.found, subject)
    const differences = differ(sight.found)
    return { part, wanted, state: stateOf(madeBy(observation, toldBy(subject, differences)), differences) }
  })

interface Yardstick {
  part: string
  wanted: Value
  differ: (found: Found, status?: Status) => Difference[]
}

/** What each part is compared with. */
function yardsticks(kind: Kind, subject: Subject, sight: Sight): Yardstick[] {
  const before = sight.lastApplied ?? lastAppliedOf(subject)
  const told = (differences: Difference[]) => withKept(differences, subject)
  return kind.parts(subject.spec, subject.status).map((part) => {
    const wanted = kind.wanted(subject.spec, part, { resolve: sight.resolve, status: subject.status })
    const known = recalledSealed(before[part], wanted, sight.keeping) ?? neverApplied(kind)
    const lastApplied = kind.claims?.applied(subject, part, known) ?? known
    const differ = ({ found }: Found, status: Status = subject.status) => {
      const last = unsealed(lastApplied, { wanted, found }, sight.keeping)
      return underStance(
        told(differencesOf({ wanted, found, lastApplied: last, rules: kind.rules }, status)),
        kind.rules,
        sight.stance,
      )
    }
    return { part, wanted, differ }
  })
}

/** What Databricks has kept although it was told that the manifest does not name it any more is not ours to write. */
function withKept(differences: Difference[], { status, object }: Subject): Difference[] {
  if (!differences.some(({ lasting }) => lasting)) return differences
  const { unconfirmed } = historyOf(status, object.metadata.generation ?? 0)
  const tried = new Set(unconfirmed.map(({ path }) => path))
  return differences.map((one) =>
    one.lasting === true && tried.has(reportedPath(one.text))
      ? { ...one, owned: false, cannotUnset: true }
      : one,
  )
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
  wanted: Value
  differ: Yardstick['differ']
}

async function stateOfPart(at: Part): Promise<State> {
  const { kind, subject, part } = at
  if (kind.identity !== undefined && subject.externalId === undefined) {
    const named = subject.spec.management?.externalId
    return named === undefined ? stateOfSearch(at, kind.identity) : stateOfNamed(at, named)
  }
  const observation = whoElse(await kind.observe(subject, part), subject)
  if (observation.is === 'Missing') return stateOf(observation, [])
  const differences = await withImposed(at, observation)
  return stateOf(madeBy(observation, await changedBy(kind, subject, differences)), differences)
}

/**
 * What a policy imposes is told as that; what left the manifest and is imposed is nobody's to remove. A policy may be
 * changed at any time, so that is asked anew at each look.
 */
async function withImposed({ kind, subject, differ }: Part, found: Found): Promise<Difference[]> {
  const differences = differ(found)
  const causes = new Map(subject.status.drift?.changes?.map(({ path, cause }) => [path, cause]))
  const drift = new Set(madeRemotely(differences))
  const known = (one: Difference) => causes.get(reportedPath(one.text)) ?? 'PolicyEnforced'
  const isAsked = differences.some((one) => (drift.has(one) ? known(one) === 'PolicyEnforced' : hasLeft(one)))
  if (kind.imposed === undefined || !isAsked) return differences
  const asked = differences.filter((one) => drift.has(one) || hasLeft(one))
  const imposed = new Set(await courtesy(kind.imposed(subject, found, asked), []))
  return differences.flatMap((one): Difference[] => {
    if (!imposed.has(one)) return [one]
    return drift.has(one) ? [{ ...one, cause: 'PolicyEnforced' }] : []
  })
}

const hasLeft = ({ owned, cause, wanted }: Difference): boolean =>
  owned && cause === 'SpecChanged' && wanted === undefined

/** What is told besides: lacking the right to ask must not keep the drift itself from being seen. */
async function courtesy<Answer>(asked: Promise<Answer>, without: Answer): Promise<Answer> {
  try {
    return await asked
  } catch (error) {
    if (error instanceof DatabricksError) return without
    throw error
  }
}

const madeBy = (observation: Observation, by: string | undefined): Observation =>
  by === undefined || observation.is === 'Missing' ? observation : { ...observation, by }

/** Who made the drift. Asked once: as long as nothing new differs, the status already says it. */
async function changedBy(
  kind: Kind,
  subject: Subject,
  differences: Difference[],
): Promise<string | undefined> {
  const drift = madeRemotely(differences)
  if (kind.changedBy === undefined || drift.length === 0) return undefined
  const known = new Set(subject.status.drift?.changes?.map(({ path }) => path))
  if (drift.every(({ text }) => known.has(text))) return toldBy(subject, differences)
  return courtesy(kind.changedBy(subject), undefined)
}

const madeRemotely = (differences: readonly Difference[]): Difference[] =>
  differences.filter(({ owned, cause }) => owned && cause !== 'SpecChanged')

/** Who made the drift, as the status says. */
function toldBy({ status }: Subject, differences: readonly Difference[]): string | undefined {
  const [first] = madeRemotely(differences)
  return status.drift?.changes?.find(({ path }) => path === first?.text)?.by
}

/** The manifest names an existing object that is not recorded as ours yet. */
async function stateOfNamed({ kind, subject, part, differ }: Part, id: string): Promise<State> {
  const observation = whoElse(await kind.observe({ ...subject, externalId: id }, part), subject)
  if (observation.is === 'Missing')
    return {
      is: 'Blocked',
      reason: 'ExternalIdMissing',
      message: `spec.management.externalId: ${observation.what}`,
    }
  if (observation.managedElsewhere !== undefined) return blockedBy(observation.managedElsewhere)
  return { is: 'Unrecorded', id, origin: 'Adopted', found: observation, differences: differ(observation) }
}

/** No id anywhere: only a complete listing can tell whether an earlier life of this manifest made something. */
async function stateOfSearch(at: Part, identity: Identity<ManagedSpec>): Promise<State> {
  const { kind, subject, sight, part, differ } = at
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
      const defaults = await defaultsIn(at, identity, observation)
      const differences = differ(observation, { ...subject.status, defaults })
      return { is: 'Unrecorded', id, origin: 'Created', found: observation, differences, defaults }
    }
    default:
      return search satisfies never
  }
}

/** What defaults put into what we made: as recorded with the attempt, or, with that lost, as far as it is there. */
async function defaultsIn(
  { subject, wanted }: Part,
  identity: Identity<ManagedSpec>,
  { found }: Found,
): Promise<string | undefined> {
  const { attempt, defaults } = subject.status
  if (attempt !== undefined || defaults !== undefined) return defaults
  return recordOf(putBefore(await identity.additions(subject, wanted), found))
}

/** What a mark that is not ours says. Whoever gives a running installation another name meets it everywhere at once. */
const whose = {
  SameManifestElsewhere:
    'of this manifest, made by another installation of the operator; if this one had another --instance then, give it that one again (the uid of namespace kube-system if it was given none)',
  Other: 'of another manifest',
}

/**
 * What else manages an object, as it counts for this manifest. One that carries the mark of another manifest or
 * installation is never ours to manage; one that merely yields is, if the manifest says so.
 */
function whoElse(observation: Observation, { mark, object, spec }: Subject): Observation {
  if (observation.is === 'Missing') return observation
  const owner = observation.mark === undefined ? 'Us' : ownerOf(observation.mark, mark)
  if (owner !== 'Us' && !isDeleting(object)) {
    const what = `it carries the mark ${observation.mark} ${whose[owner]}`
    return { ...observation, managedElsewhere: { what, yields: false } }
  }
  const { managedElsewhere, ...free } = observation
  const isTaken = spec.management?.takeOver === true && spec.management.externalId !== undefined
  return managedElsewhere?.yields === true && isTaken ? free : observation
}

/** What we last wrote, by part, each to be recalled beside what is wanted; empty when it was never written or is lost. */
export function lastAppliedOf({ status }: Pick<Subject, 'status'>): Record<string, Value> {
  const decoded = status.lastApplied === undefined ? undefined : decodeLastApplied(status.lastApplied)
  if (!isValueObject(decoded)) return {}
  return Object.fromEntries(
    Object.entries(decoded).flatMap(([part, value]) => (value === undefined ? [] : [[part, value]])),
  )
}
