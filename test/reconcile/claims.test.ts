import { describe, expect, it } from 'vitest'
import { grant } from '../../src/kinds/grant/index.ts'
import type { Claim } from '../../src/kinds/status.ts'
import type { ObjectMeta } from '../../src/kube/object.ts'
import { record, settleClaims, withoutClaims } from '../../src/reconcile/claims.ts'
import { anObject } from './fixtures.ts'

const { claims } = grant

const claim = (principal: string, privilege = 'SELECT', name = 'main.silver'): Claim => ({
  type: 'schema',
  name,
  principal,
  privilege,
})

/** A manifest that wants these privileges for one principal on one schema. */
const wanting = (
  metadata: Partial<ObjectMeta>,
  { principal = 'ana', privileges = ['SELECT'], name = 'main.silver' } = {},
) =>
  anObject(metadata, {
    spec: { securables: [{ type: 'schema', name }], grants: [{ principal, privileges }] },
  })

const settled = (added: readonly Claim[], others: ReturnType<typeof wanting>[]) => {
  if (claims === undefined) throw new Error('grants have claims')
  const { revoke, heirs } = settleClaims(added, others, claims)
  return { revoke, heirs: heirs.map(({ object, claims }) => [object.metadata.name, claims]) }
}

describe('settling what an object added', () => {
  it('revokes what nobody else wants', () => {
    expect(settled([claim('ana')], [])).toEqual({ revoke: [claim('ana')], heirs: [] })
  })

  it('revokes nothing that was not added by us', () => {
    expect(settled([], [wanting({ name: 'two' })])).toEqual({ revoke: [], heirs: [] })
  })

  it('leaves what another object wants, and hands it the record', () => {
    expect(settled([claim('ana')], [wanting({ name: 'two' })])).toEqual({
      revoke: [],
      heirs: [['two', [claim('ana')]]],
    })
  })

  it.each<[string, object, Record<string, string>]>([
    ['only observes', { mode: 'Observe' }, {}],
    ['is suspended', { suspend: true }, {}],
    ['is suspended by annotation', {}, { 'lakeward.dev/suspend': 'true' }],
  ])('hands the record to the oldest that may write before one that %s', (_how, management, annotations) => {
    const metadata = { name: 'two', creationTimestamp: '2026-01-01T00:00:00Z', annotations }
    const stands = wanting(metadata)
    const two = { ...stands, spec: { ...(stands.spec as object), management } }
    const three = wanting({ name: 'three', creationTimestamp: '2026-01-02T00:00:00Z' })
    expect(settled([claim('ana')], [two, three]).heirs).toEqual([['three', [claim('ana')]]])
    expect(settled([claim('ana')], [two]).heirs).toEqual([['two', [claim('ana')]]])
  })

  it('splits claim by claim', () => {
    const added = [claim('ana'), claim('ana', 'MODIFY'), claim('ben')]
    expect(settled(added, [wanting({ name: 'two' })])).toEqual({
      revoke: [claim('ana', 'MODIFY'), claim('ben')],
      heirs: [['two', [claim('ana')]]],
    })
  })

  it('keeps securables, types and privileges apart', () => {
    const added = [
      claim('ana', 'SELECT', 'main.gold'),
      { ...claim('ana'), type: 'table' },
      claim('ana', 'MODIFY'),
    ]
    expect(settled(added, [wanting({ name: 'two' })]).revoke).toEqual(added)
  })

  it('knows a securable by its name in any case', () => {
    const added = [claim('ana', 'SELECT', 'Main.Silver')]
    expect(settled(added, [wanting({ name: 'two' })]).revoke).toEqual([])
  })

  it.each([
    ['ana@example.com', 'Ana@Example.com'],
    ['3f0c1a52-8d2e-4e55-9a77-0b1c2d3e4f50', '3F0C1A52-8D2E-4E55-9A77-0B1C2D3E4F50'],
  ])(
    'knows a user and a service principal however another manifest spells them (%s)',
    (recorded, spelled) => {
      const other = wanting({ name: 'two' }, { principal: spelled })
      expect(settled([claim(recorded)], [other]).heirs).toEqual([['two', [claim(recorded)]]])
    },
  )

  it('tells groups apart by case, as Databricks does', () => {
    const other = wanting({ name: 'two' }, { principal: 'Engineers' })
    expect(settled([claim('engineers')], [other]).revoke).toEqual([claim('engineers')])
  })

  it('makes the oldest of those that remain the heir', () => {
    const young = wanting({ name: 'young', creationTimestamp: '2026-03-01T00:00:00Z' })
    const old = wanting({ name: 'old', creationTimestamp: '2026-02-01T00:00:00Z' })
    expect(settled([claim('ana')], [young, old]).heirs).toEqual([['old', [claim('ana')]]])
    expect(settled([claim('ana')], [old, young]).heirs).toEqual([['old', [claim('ana')]]])
  })

  it('decides by uid between two of the same second, so that everybody decides the same', () => {
    const a = wanting({ name: 'z', uid: 'a' })
    const b = wanting({ name: 'y', uid: 'b' })
    expect(settled([claim('ana')], [b, a]).heirs).toEqual([['z', [claim('ana')]]])
  })

  it('never hands anything to an object that is being deleted itself', () => {
    const going = wanting({ name: 'two', deletionTimestamp: '2026-01-02T00:00:00Z' })
    expect(settled([claim('ana')], [going])).toEqual({ revoke: [claim('ana')], heirs: [] })
  })
})

describe('the record of what was added', () => {
  it('holds each claim once', () => {
    expect(record([claim('ana')], [claim('ana'), claim('ben')])).toEqual([claim('ana'), claim('ben')])
  })

  it('stays as it was when nothing is added, and begins with the first claim', () => {
    expect(record([claim('ana')], [])).toEqual([claim('ana')])
    expect(record(undefined, [claim('ana')])).toEqual([claim('ana')])
  })

  it('loses exactly what is struck', () => {
    const before = [claim('ana'), claim('ana', 'MODIFY'), claim('ben')]
    expect(withoutClaims(before, [claim('ana')])).toEqual([claim('ana', 'MODIFY'), claim('ben')])
    expect(withoutClaims(before, [claim('eve')])).toEqual(before)
  })
})
