import { gunzipSync } from 'node:zlib'
import { expect } from 'vitest'
import type { Arena } from './arena.ts'

/** Nothing that the operator produced holds a token, or a secret that manifests and workspaces had. */
export async function expectSecrecy(arena: Arena): Promise<void> {
  const { operator, audit } = arena.world
  const all = arena.pool.ever
  const places: Record<string, string> = {
    log: operator.log.join('\n'),
    audit: JSON.stringify(await audit.all()),
    metrics: operator.isRunning ? await operator.metrics() : '',
    statuses: all.flatMap((entry) => arena.statuses(entry)).join('\n'),
    lastApplied: all.flatMap((entry) => arena.versions(entry).map(lastApplied)).join('\n'),
    events: all.flatMap((entry) => arena.events(entry)).join('\n'),
  }
  expect(places['log']?.length).toBeGreaterThan(1_000)
  expect(places['lastApplied']?.length).toBeGreaterThan(1_000)
  for (const [place, text] of Object.entries(places))
    expect(
      arena.secrets.made.filter((secret) => text.includes(secret)),
      place,
    ).toEqual([])
}

const unpacked = new Map<string, string>()

/** What `status.lastApplied` holds. */
function lastApplied({ status }: { status: { lastApplied?: string | undefined } }): string {
  const packed = status.lastApplied ?? ''
  if (packed === '') return ''
  const known = unpacked.get(packed)
  if (known !== undefined) return known
  const text = gunzipSync(Buffer.from(packed, 'base64')).toString()
  unpacked.set(packed, text)
  return text
}
