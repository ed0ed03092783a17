import type { Claims } from '../kinds/claims.ts'
import type { ManagedSpec, Subject } from '../kinds/kind.ts'
import type { Claim } from '../kinds/status.ts'
import { keyOf, type KubeObject } from '../kube/object.ts'
import { endow, inherit, lateWanters, settleClaims, settleDowry, withoutClaims } from './claims.ts'
import { give } from './giving.ts'
import { othersOf, type Pass } from './pass.ts'
import { RecordRefused } from './recording.ts'
import { StatusWriter } from './writer.ts'

/** Writes the status of another object of the same kind. */
const writerIn =
  ({ environment: { client }, resource, store }: Pass) =>
  (object: KubeObject): StatusWriter =>
    new StatusWriter({ client, resource, store }, object)

/**
 * For a deletion that changes nothing in Databricks: hands the record of what the object added to those who still want
 * it, or it would stay when the last of them has gone. What is to stay in any case is handed to nobody: to them it is
 * as if it had been there before.
 */
export async function handOver(pass: Pass): Promise<void> {
  const { kind, policy, writer, environment } = pass
  const { workspaceId, added = [] } = writer.status
  if (kind.claims === undefined || workspaceId === undefined || policy.deletionPolicy === 'Retain') return
  const { heirs } = settleClaims(added, othersOf(pass, { workspaceId }), kind.claims)
  for (const { object, claims } of heirs)
    await inherit(writerIn(pass)(object), claims).catch((error: unknown) => {
      if (!(error instanceof RecordRefused)) throw error
      // Who leaves all as it is must not be held by the trouble of others.
      environment.events.record(writer.object, {
        type: 'Warning',
        reason: 'NoRoomForStatus',
        action: 'Delete',
        note: `${object.kind} ${keyOf(object)} wants some of what stays, and would leave it behind: ${error.message}`,
      })
    })
}

/** What became of what nobody wants any more. */
interface TakenBack {
  taken: Claim[]
  /** Our own right to manage. */
  kept: Claim[]
}

/**
 * Takes back what a deleted object added and nobody else wants, and hands over the rest. What others would lose with it
 * is recorded as ours, too, until it is theirs for sure: whoever comes next takes back what nobody is left to want.
 */
export async function takeBack(
  pass: Pass,
  subject: Subject,
  claims: Claims<ManagedSpec>,
): Promise<TakenBack> {
  const { environment, kind, writer } = pass
  const others = () => othersOf(pass, subject.session)
  const { revoke, heirs } = settleClaims(subject.status.added ?? [], others(), claims)
  const writerOf = writerIn(pass)
  for (const { object, claims: inherited } of heirs) await inherit(writerOf(object), inherited)
  const kept = revoke.filter((claim) => claims.keeps(subject.session, claim))
  const taken = withoutClaims(revoke, kept)
  const sharing = { claims, session: subject.session, others, writerOf }
  const dowry = await endow({ taken, own: [] }, sharing)
  const gift = { part: kind.definition.kind, claims: dowry.claims }
  await give({ writer, clock: environment.clock }, gift, () =>
    claims.revoke(subject.session, taken, dowry.claims),
  )
  for (const object of lateWanters(taken, others(), claims))
    environment.lookAgain(kind.definition.kind, keyOf(object))
  await settleDowry(dowry, sharing)
  return { taken, kept }
}

/** Tells of it, once nothing more can come of what was given. */
export function tellTaken({ environment: { events }, writer }: Pass, { taken, kept }: TakenBack): void {
  const told = { type: 'Normal', action: 'Revoke' } as const
  if (kept.length > 0) {
    const securables = kept.map(({ type, name }) => `${type} ${name}`).join(', ')
    const note = `kept what lets Lakeward itself manage ${securables}`
    events.record(writer.object, { ...told, reason: 'Retained', note })
  }
  if (taken.length === 0) return
  const privileges = `${taken.length} ${taken.length === 1 ? 'privilege' : 'privileges'}`
  const note = `revoked ${privileges} that this object had added`
  events.record(writer.object, { ...told, reason: 'Deleted', note })
}
