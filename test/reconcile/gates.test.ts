import { describe, expect, it } from 'vitest'
import type { ManagedSpec } from '../../src/kinds/kind.ts'
import type { Refusal } from '../../src/reconcile/access.ts'
import { firstObjection, gates, isSuspended, sessionOf, type Facts } from '../../src/reconcile/gates.ts'
import type { Lending } from '../../src/reconcile/lending.ts'
import { anObject, aSession, mark, workspaceId } from './fixtures.ts'

const session = aSession()

/** Everything in order: one reference that is ready, the workspace connected and the same as before. */
const facts = (changes: Partial<Facts> = {}): Facts => ({
  object: anObject(),
  spec: {},
  status: { observedGeneration: 1, workspaceId },
  workspaceKey: 'data/default',
  workspaceExists: true,
  terms: {},
  mark,
  connection: { is: 'Ready', session, interval: 600_000 },
  references: [
    {
      kind: 'DatabricksCluster',
      name: 'shared',
      path: 'tasks[a].clusterRef',
      target: { workspace: 'data/default', externalId: '0923-1' },
    },
  ],
  ...changes,
})

const reference = { kind: 'DatabricksCluster', name: 'shared', path: 'tasks[a].clusterRef' }

/** A workspace of another namespace that lends everything but this. */
const lending = (refusals: { admission?: Refusal; manifest?: Refusal }): Lending => ({
  admission: () => refusals.admission,
  manifest: () => refusals.manifest,
  body: () => undefined,
})
const denied: Refusal = { reason: 'AccessDenied', message: 'tasks[a].existingClusterId: 1 is not lent' }

/** One row for each gate, in the order in which they are asked, with facts that only this gate objects to. */
const closed: { gate: string; changes: Partial<Facts>; is: string; reason: string; says: string }[] = [
  {
    gate: 'a workspace that does not exist',
    changes: { workspaceExists: false },
    is: 'Waiting',
    reason: 'WorkspaceMissing',
    says: 'data/default does not exist. Create it',
  },
  {
    gate: 'a workspace of another namespace that is not for everybody',
    changes: {
      lending: lending({ admission: { reason: 'AccessDenied', message: 'not for namespace red' } }),
    },
    is: 'Stalled',
    reason: 'AccessDenied',
    says: 'not for namespace red. Let the manifest do without',
  },
  {
    gate: 'a tag that is the mark of the workspace',
    changes: {
      mark: { ...mark, key: 'made-by' },
      spec: { jobClusters: [{ newCluster: { customTags: { 'made-by': 'me' } } }] } as ManagedSpec,
    },
    is: 'Stalled',
    reason: 'InvalidSpec',
    says: 'spec.jobClusters[0].newCluster.customTags.made-by: the workspace has this tag as the mark',
  },
  {
    gate: 'an ignored path that leads nowhere',
    changes: { misdirected: 'spec.management.ignore[0].path: there is no field sizes; size was meant?' },
    is: 'Stalled',
    reason: 'InvalidSpec',
    says: 'ignore[0].path: there is no field sizes',
  },
  {
    gate: 'the id of another remote object than the manifest has',
    changes: {
      status: { observedGeneration: 1, workspaceId, externalId: '7' },
      spec: { management: { externalId: '8' } },
    },
    is: 'Stalled',
    reason: 'InvalidSpec',
    says: 'spec.management.externalId: is 8, but this manifest already has 7: remove the field, or delete the manifest',
  },
  {
    gate: 'a workspace that was not checked yet',
    changes: { connection: { is: 'Unchecked' } },
    is: 'Waiting',
    reason: 'NotLookedYet',
    says: 'data/default',
  },
  {
    gate: 'a host that answers as another workspace',
    changes: { status: { observedGeneration: 1, workspaceId: '1' } },
    is: 'Stalled',
    reason: 'WorkspaceChanged',
    says: `workspace ${workspaceId}, but this object lives in workspace 1; nothing is written. Point the host back; or`,
  },
  {
    gate: 'a reference to nothing',
    changes: { references: [reference] },
    is: 'Waiting',
    reason: 'ReferenceMissing',
    says: 'tasks[a].clusterRef: DatabricksCluster shared does not exist in this namespace. Create it',
  },
  {
    gate: 'a manifest that wants what is not lent',
    changes: { lending: lending({ manifest: denied }) },
    is: 'Stalled',
    reason: 'AccessDenied',
    says: 'tasks[a].existingClusterId: 1 is not lent',
  },
  {
    gate: 'a remote object that an older manifest manages',
    changes: { claimedBy: 'data/older' },
    is: 'Stalled',
    reason: 'AlreadyClaimed',
    says: 'data/older already manages the same remote object',
  },
]

describe('the gates', () => {
  it('let through what is in order', () => {
    expect(firstObjection(facts())).toBeUndefined()
  })

  it.each(closed)('object to $gate', ({ changes, is, reason, says }) => {
    const objection = firstObjection(facts(changes))
    expect(objection).toMatchObject({ is, reason })
    expect(objection).toHaveProperty('message', expect.stringContaining(says))
  })

  it('are as many as these', () => {
    expect(gates).toHaveLength(closed.length)
    for (const [index, { changes }] of closed.entries())
      expect(gates.map((gate) => gate(facts(changes)) !== undefined)).toEqual(
        closed.map((_, other) => other === index),
      )
  })

  it('are asked in this order: the first objection counts', () => {
    for (const [index, { reason }] of closed.entries()) {
      const rest = closed.slice(index).map(({ changes }) => changes)
      const all: Partial<Facts> = Object.assign({}, ...rest.toReversed())
      // An unchecked connection knows no workspace id to compare: only the gates after it are left open by it.
      expect(firstObjection(facts(all)), reason).toMatchObject({ reason })
    }
  })

  it('wait for a workspace that is not connected, and pass on why it is not', () => {
    const connection = {
      is: 'NotReady',
      reason: 'SecretMissing',
      message: 'Secret data/pat is gone',
    } as const
    expect(firstObjection(facts({ connection }))).toMatchObject({
      is: 'Waiting',
      reason: 'WorkspaceNotReady',
      message: 'DatabricksWorkspace data/default is not connected (SecretMissing): Secret data/pat is gone',
    })
    expect(firstObjection(facts({ connection: { ...connection, session } }))).toMatchObject({
      reason: 'WorkspaceNotReady',
    })
  })
})

describe('the gate of what is lent', () => {
  it('is open for what is', () => {
    expect(firstObjection(facts({ lending: lending({}) }))).toBeUndefined()
  })

  it('is asked about ourselves as Databricks knows us', () => {
    const asked: string[] = []
    const curious = { ...lending({}), manifest: (me: string) => void asked.push(me) }
    expect(firstObjection(facts({ lending: curious }))).toBeUndefined()
    expect(asked).toEqual(['lakeward@example.com'])
  })
})

describe('the gate of the same workspace', () => {
  it('is open for an object that lives nowhere yet', () => {
    expect(firstObjection(facts({ status: { observedGeneration: -1 } }))).toBeUndefined()
  })
})

describe('the gate of references', () => {
  const ready = { ...reference, target: { workspace: 'data/default', externalId: '1' } }

  it('waits for a target without a remote id', () => {
    const waits = { ...reference, target: { workspace: 'data/default' } }
    expect(firstObjection(facts({ references: [ready, waits] }))).toMatchObject({
      is: 'Waiting',
      reason: 'ReferenceNotReady',
      message:
        'tasks[a].clusterRef: DatabricksCluster shared is not in Databricks yet. Look at its conditions.',
    })
  })

  it('refuses a target in another workspace, ready or not', () => {
    for (const target of [{ workspace: 'data/other', externalId: '1' }, { workspace: 'data/other' }])
      expect(firstObjection(facts({ references: [ready, { ...reference, target }] }))).toMatchObject({
        is: 'Stalled',
        reason: 'InvalidSpec',
        message: expect.stringContaining('data/other, not data/default') as string,
      })
  })

  it('waits for a target that may not use the workspace as it wants to', () => {
    const denied = { ...ready, target: { ...ready.target, isDenied: true as const } }
    expect(firstObjection(facts({ references: [ready, denied] }))).toMatchObject({
      is: 'Waiting',
      reason: 'ReferenceNotReady',
    })
  })

  it('waits with what is to be made for a target that has vanished: its id leads nowhere', () => {
    const vanished = { ...ready, target: { ...ready.target, hasVanished: true as const } }
    expect(firstObjection(facts({ references: [vanished] }))).toMatchObject({
      is: 'Waiting',
      reason: 'ReferenceNotReady',
    })
    const status = { observedGeneration: 1, externalId: '9' }
    expect(firstObjection(facts({ references: [vanished], status }))).toBeUndefined()
  })

  it('is open without references, and with any number of ready ones', () => {
    expect(firstObjection(facts({ references: [] }))).toBeUndefined()
    expect(firstObjection(facts({ references: [ready, ready] }))).toBeUndefined()
  })
})

const annotated = (value: string) => anObject({ annotations: { 'lakeward.dev/suspend': value } })

describe('an object', () => {
  it('is suspended by its manifest or by the annotation, and by nothing else', () => {
    expect(isSuspended({ object: anObject(), spec: {} })).toBe(false)
    expect(isSuspended({ object: anObject(), spec: { management: { suspend: true } } })).toBe(true)
    expect(isSuspended({ object: anObject(), spec: { management: { suspend: false } } })).toBe(false)
    expect(isSuspended({ object: annotated('true'), spec: { management: { suspend: false } } })).toBe(true)
    expect(isSuspended({ object: annotated('false'), spec: {} })).toBe(false)
  })
})

describe('the session', () => {
  it('is that of the connection, and missing it is a bug', () => {
    expect(sessionOf({ is: 'Ready', session, interval: 1 })).toBe(session)
    expect(() => sessionOf({ is: 'NotReady', reason: 'Unreachable', message: 'no', session })).toThrow(
      'NotReady',
    )
  })
})
