import type { Claims } from '../kinds/claims.ts'
import type { ManagedSpec, Subject } from '../kinds/kind.ts'
import { keyOf, type KubeObject } from '../kube/object.ts'
import { endow, inherit, lateWanters, settleClaims, settleDowry } from './claims.ts'
import { give } from './giving.ts'
import { othersOf, type Pass } from './pass.ts'
import { StatusWriter } from './writer.ts'

/**
 * Takes back what a deleted object added and nobody else wants, and hands over the rest. What others would lose with it
 * is recorded as ours, too, until it is theirs for sure: whoever comes next takes back what nobody is left to want.
 */
export async function takeBack(pass: Pass, subject: Subject, claims: Claims<ManagedSpec>): Promise<void> {
  const { environment, kind, store, resource, writer } = pass
  const others = () => othersOf(pass, subject.session)
  const { revoke, heirs } = settleClaims(subject.status.added ?? [], others(), claims)
  const writerOf = (object: KubeObject) =>
    new StatusWriter({ client: environment.client, resource, store }, object)
  for (const { object, claims: inherited } of heirs) await inherit(writerOf(object), inherited)
  const ours = revoke.filter((claim) => claims.keeps(subject.session, claim))
  const taken = revoke.filter((claim) => !ours.includes(claim))
  const sharing = { claims, session: subject.session, others, writerOf }
  const dowry = await endow({ taken, own: [] }, sharing)
  const gift = { part: kind.definition.kind, claims: dowry.claims }
  await give({ writer, clock: environment.clock }, gift, () =>
    claims.revoke(subject.session, taken, dowry.claims),
  )
  for (const object of lateWanters(taken, others(), claims))
    environment.lookAgain(kind.definition.kind, keyOf(object))
  await settleDowry(dowry, sharing)
  if (ours.length > 0)
    environment.events.record(writer.object, {
      type: 'Normal',
      reason: 'Retained',
      action: 'Revoke',
      note: `kept what lets Lakeward itself manage ${ours.map(({ type, name }) => `${type} ${name}`).join(', ')}`,
    })
  if (taken.length > 0)
    environment.events.record(writer.object, {
      type: 'Normal',
      reason: 'Deleted',
      action: 'Revoke',
      note: `revoked ${taken.length} ${taken.length === 1 ? 'privilege' : 'privileges'} that this object had added`,
    })
}
