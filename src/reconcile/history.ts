import { instant } from '../clock.ts'
import { reportedPath } from '../drift/report.ts'
import type { PutBack, Status, Unconfirmed } from '../kinds/status.ts'

/*
 * What became of earlier writes, path by path, and what follows from it for the next one. All of it stands in the
 * status: a new start or another leader does not begin to count anew. An edit of the manifest does.
 *
 * - What does not read back is given its time to settle, written once more, and then not any more. What had to be
 *   approved is not even written once more.
 * - What is put back three times in an hour, or five times in seven days, is contested: somebody else wants it
 *   otherwise. It is not put back any more until it is as the manifest wants it, the manifest changes, or a week
 *   has passed since it was put back last.
 * - What must not stop (a privilege that is given back) goes on once an hour.
 */

/**
 * After so many writes in a row that did not read back we stop writing. What has to be approved is written once: nobody
 * is asked to have the same thing hurt again.
 */
export const mostUnconfirmed = { approved: 1, free: 2 } as const

const hour = 3_600_000
const week = 7 * 24 * hour

/** Put back so many times within so many milliseconds: a fight. */
const fights = [
  { times: 3, within: hour },
  { times: 5, within: week },
] as const

/** How many instants of a path are kept: as many as the longest of the rules needs. */
const mostInstants = 5

/** How many paths are kept of either list. */
const mostPaths = 50

/** Milliseconds between two writes of what is contested, or does not converge, and must not stop. */
const patience = hour

/** How many milliseconds a read may lag behind a write where the kind does not say. */
export const usualSettling = 10_000

/** What became of earlier writes, path by path. */
export interface History {
  readonly putBack: readonly PutBack[]
  readonly unconfirmed: readonly Unconfirmed[]
}

const nothing: History = { putBack: [], unconfirmed: [] }

/** What is known of writes for this generation of the manifest. */
export const historyOf = (status: Status, generation: number): History =>
  status.observedGeneration === generation
    ? { putBack: status.putBack ?? [], unconfirmed: status.unconfirmed ?? [] }
    : nothing

/** What earlier writes of a path mean for the next one. */
export type Standing =
  | { is: 'Free' }
  /** Written, and given time to read back until that moment (milliseconds since the epoch). */
  | { is: 'Settling'; until: number }
  /** Written so many times in a row without effect. `until`: it is tried again then. */
  | { is: 'DoesNotConverge'; times: number; until?: number }
  /** Put back so many times since an instant. `until`: it is put back again then. */
  | { is: 'Contested'; times: number; since: string; until?: number }

interface Terms {
  /** Milliseconds since the epoch. */
  now: number
  /** How many milliseconds a write may take to read back. */
  settles: number
  /** It must never stop. */
  persists: boolean
  /** How often in a row it may be written without effect. */
  tries?: number
}

/**
 * What the history means for the next write of a path, as comparisons write it: that an earlier write has not read
 * back counts before a fight.
 */
export function standingOf(text: string, history: History, terms: Terms): Standing {
  const path = reportedPath(text)
  return (
    standingOfUnconfirmed(entryOf(history.unconfirmed, path), terms) ??
    standingOfFight(history.putBack, path, terms) ?? { is: 'Free' }
  )
}

/** What it means for the next write of a path that this one has not read back. */
export function standingAfterWrite(text: string, history: History, terms: Terms): Standing {
  const now = Math.floor(terms.now / 1_000) * 1_000
  const written = { now, differing: [text], stopped: [], putBack: [], unconfirmed: [text] }
  return standingOf(text, historyAfter(history, written), { ...terms, now })
}

/** A list that is full speaks of what it has no room for, too: then more fields differ than anybody can tell apart. */
const entryOf = (unconfirmed: readonly Unconfirmed[], path: string): Unconfirmed | undefined =>
  unconfirmed.find((one) => one.path === path) ??
  (unconfirmed.length < mostPaths ? undefined : unconfirmed.at(-1))

function standingOfUnconfirmed(
  entry: Unconfirmed | undefined,
  { now, settles, persists, tries = mostUnconfirmed.free }: Terms,
): Standing | undefined {
  if (entry === undefined) return undefined
  const at = Date.parse(entry.at)
  // An instant in the future is of a clock that was set back since: nothing to wait for.
  const isNew = entry.times <= mostUnconfirmed.free
  if (isNew && at <= now && now - at < settles) return { is: 'Settling', until: at + settles }
  if (entry.times < tries) return undefined
  return rarely({ is: 'DoesNotConverge', times: entry.times }, { at, now, persists })
}

function standingOfFight(
  putBack: readonly PutBack[],
  path: string,
  { now, persists }: Terms,
): Standing | undefined {
  const fought = putBack.filter((one) => isFight(one, now))
  // As for what does not read back: where so much is contested, the rest is as well.
  const entry = fought.find((one) => one.path === path) ?? (fought.length < mostPaths ? undefined : fought[0])
  if (entry === undefined) return undefined
  const since = entry.at[0] ?? ''
  return rarely({ is: 'Contested', times: entry.at.length, since }, { at: lastOf(entry), now, persists })
}

/** What must not stop is free again after a while. */
function rarely<Stop extends Standing & { is: 'DoesNotConverge' | 'Contested' }>(
  stop: Stop,
  { at, now, persists }: { at: number; now: number; persists: boolean },
): Stop | undefined {
  if (!persists) return stop
  return Math.abs(now - at) >= patience ? undefined : { ...stop, until: at + patience }
}

const lastOf = ({ at }: PutBack): number => Date.parse(at.at(-1) ?? '')

/** Measured from its last put-back, so that it goes on being one as long as nothing is put back. */
function isFight({ at, stoppedAt }: PutBack, now: number): boolean {
  const instants = at.map((text) => Date.parse(text))
  const last = instants.at(-1)
  // An instant far in the future is of a clock that was set back since, and would never be over.
  if (last === undefined || Math.abs(now - last) > week) return false
  return (
    stoppedAt !== undefined ||
    fights.some(({ times, within }) => last - (instants.at(-times) ?? Number.NEGATIVE_INFINITY) <= within)
  )
}

/** What was written, by path. */
export interface Written {
  /** What was put back. */
  putBack: readonly string[]
  /** What did not read back. */
  unconfirmed: readonly string[]
}

/** Of a pass that wrote nothing. */
export const nothingWritten: Written = { putBack: [], unconfirmed: [] }

/** What a pass found and did, by path. */
export interface Events extends Written {
  /** Milliseconds since the epoch. */
  now: number
  /** What differs when the pass ends; absent when it failed before it knew. */
  differing?: readonly string[]
  /** What is contested and was therefore not put back, for good. */
  stopped: readonly string[]
}

/** The history after a pass. One that finds nothing new leaves it as it was. */
export function historyAfter(before: History, events: Events): History {
  const differing = new Set(events.differing?.map(reportedPath))
  const differs = (path: string) => events.differing === undefined || differing.has(path)
  return {
    putBack: putBackAfter(before.putBack, events, differs),
    unconfirmed: unconfirmedAfter(before.unconfirmed, events, differs),
  }
}

function unconfirmedAfter(
  before: readonly Unconfirmed[],
  { now, unconfirmed }: Events,
  differs: (path: string) => boolean,
): readonly Unconfirmed[] {
  const written = new Set(unconfirmed.map(reportedPath))
  const kept = before.filter(({ path }) => differs(path) && !written.has(path))
  const counted = [...written].filter(differs).map((path) => ({
    path,
    at: instant(now),
    times: (entryOf(before, path)?.times ?? 0) + 1,
  }))
  return [...kept, ...counted].slice(0, mostPaths)
}

function putBackAfter(
  before: readonly PutBack[],
  { now, stopped, putBack }: Events,
  differs: (path: string) => boolean,
): readonly PutBack[] {
  const stops = new Set(stopped.map(reportedPath))
  const remaining = before
    // A fight that was given up is over once nothing differs; one that goes on is not, as it was us who put it back.
    .filter(({ path, stoppedAt }) => stoppedAt === undefined || differs(path))
    .map((one) =>
      one.stoppedAt === undefined && stops.has(one.path) ? { ...one, stoppedAt: instant(now) } : one,
    )
  if (putBack.length === 0) return remaining
  const written = new Set(putBack.map(reportedPath))
  const known = new Map(remaining.map((one) => [one.path, one]))
  const others = remaining.filter((one) => !written.has(one.path) && now - lastOf(one) <= week)
  const counted = [...written].map((path) => {
    const at = [...(known.get(path)?.at ?? []), instant(now)].slice(-mostInstants)
    return { path, at }
  })
  return mostFought([...others, ...counted])
}

/** As many as there is room for; what was put back least often and longest ago goes first. */
const mostFought = (entries: readonly PutBack[]): readonly PutBack[] =>
  entries.length <= mostPaths
    ? entries
    : entries
        .toSorted(
          (a, b) =>
            Number(b.stoppedAt !== undefined) - Number(a.stoppedAt !== undefined) ||
            b.at.length - a.at.length ||
            lastOf(b) - lastOf(a),
        )
        .slice(0, mostPaths)
