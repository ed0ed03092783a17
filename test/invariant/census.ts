import { expect } from 'vitest'
import type { JsonObject } from '../../src/databricks/json.ts'
import { seedContent } from '../../src/simulator/seed-content.ts'
import type { Databricks } from '../scenario/databricks.ts'
import { securables } from './any-grant.ts'
import type { Arena } from './arena.ts'
import { textOf, wantedBy } from './hand.ts'
import { workspaceNames, type Entry } from './pool.ts'

/** What is wrong with who is there. All empty when each manifest has exactly one remote object. */
interface Census extends Record<string, string[]> {
  /** Manifests that have more than one. */
  duplicates: string[]
  /** Manifests whose remote object is not there. */
  lost: string[]
  /** Remote objects that no manifest has. */
  strays: string[]
  /** Privileges that nobody wants, or that somebody wants and has not got. */
  grants: string[]
}

/** Counts both workspaces, as somebody does who knows the manifests and nothing of the operator. */
async function census(arena: Arena): Promise<Census> {
  const found: Census = { duplicates: [], lost: [], strays: [], grants: [] }
  for (const name of workspaceNames) {
    const workspace = arena.workspaces[name]
    const own = arena.entries.filter((entry) => entry.workspace === name)
    countObjects(
      found,
      own.map((entry) => [entry, arena.find(entry)?.status.externalId]),
      await madeIn(workspace),
    )
    found.grants.push(...(await wrongGrants(workspace, { own, taken: arena.taken[name] })))
  }
  return found
}

/**
 * Each manifest has exactly one remote object, and everybody has what somebody wants him to have. What is wrong is
 * added to `counts` as well.
 */
export async function expectOneOfEach(arena: Arena, counts: Record<string, number> = {}): Promise<void> {
  const found = await census(arena)
  for (const [what, wrong] of Object.entries(found)) counts[what] = (counts[what] ?? 0) + wrong.length
  expect(found).toEqual({ duplicates: [], lost: [], strays: [], grants: [] } satisfies Census)
}

/** A manifest with the id that its status has. */
type Recorded = readonly [Entry, string | undefined]

interface Made {
  id: string
  name: string
  mark: string | undefined
}

const markOf = (tags: unknown): string | undefined => {
  const mark = (tags as JsonObject | undefined)?.['lakeward-owner']
  return typeof mark === 'string' ? mark : undefined
}

/** All jobs and clusters but those that were there from the beginning. */
async function madeIn({ ana }: Databricks): Promise<Made[]> {
  const jobs = (await ana.get('/api/2.2/jobs/list?limit=100')).list('jobs').map((job) => ({
    id: job.text('job_id'),
    name: job.text('settings.name'),
    mark: markOf(job.at('settings.tags')),
  }))
  const clusters = (await ana.get('/api/2.1/clusters/list?page_size=100'))
    .list('clusters')
    .map((cluster) => ({
      id: cluster.text('cluster_id'),
      name: cluster.text('cluster_name'),
      mark: markOf(cluster.at('custom_tags')),
    }))
  if (jobs.length === 100 || clusters.length === 100) throw new Error('there are more than a page shows')
  const old = new Set((seedContent.jobs ?? []).map(({ id }) => String(id)))
  return [...jobs, ...clusters].filter(({ id }) => !old.has(id))
}

function countObjects(found: Census, own: readonly Recorded[], made: readonly Made[]): void {
  const byMark = Map.groupBy(made, ({ mark, id }) => mark ?? `unmarked ${id}`)
  for (const [mark, all] of byMark)
    if (all.length > 1)
      found.duplicates.push(`${mark}: ${all.map(({ id, name }) => `${name} ${id}`).join(', ')}`)
  const there = new Set(made.map(({ id }) => id))
  const wanted = new Set<string>()
  for (const [entry, id] of own.filter(([{ kind }]) => kind !== 'CatalogGrant')) {
    if (id === undefined || !there.has(id)) found.lost.push(`${entry.name} ${id ?? 'without an id'}`)
    else if (wanted.has(id)) found.lost.push(`${entry.name} shares ${id}`)
    else wanted.add(id)
  }
  found.strays.push(...made.filter(({ id }) => !wanted.has(id)).map(({ id, name }) => `${name} ${id}`))
}

/**
 * What was granted is what was there before and what manifests want. What somebody has taken away by hand was there no
 * more: what a manifest then gave was its own.
 */
async function wrongGrants(
  workspace: Databricks,
  { own, taken }: { own: readonly Entry[]; taken: ReadonlySet<string> },
): Promise<string[]> {
  const old = (seedContent.grants ?? []).flatMap(({ privileges, ...grant }) =>
    privileges.map((privilege) => textOf({ ...grant, privilege })),
  )
  const claimed = own.filter(({ kind }) => kind === 'CatalogGrant').flatMap(wantedBy)
  const wanted = new Set([...old.filter((one) => !taken.has(one)), ...claimed.map(textOf)])
  const held = new Set<string>()
  for (const { type, name } of securables)
    for (const [principal, privileges] of Object.entries(await workspace.grants(`${type}/${name}`)))
      for (const privilege of privileges) held.add(textOf({ type, name, principal, privilege }))
  return [
    ...[...held].filter((one) => !wanted.has(one)).map((one) => `nobody wants ${one}`),
    ...[...wanted].filter((one) => !held.has(one)).map((one) => `not granted: ${one}`),
  ]
}
