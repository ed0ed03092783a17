import { describe, expect, it } from 'vitest'
import { changeFor, grantPart, heldOf, partNames, partValue } from '../../../src/kinds/grant/part.ts'
import {
  isCovered,
  isRedundant,
  normalPrivilege,
  principalKey,
  securableKey,
} from '../../../src/kinds/grant/privileges.ts'
import type { CatalogGrantSpec } from '../../../src/kinds/grant/schema.ts'
import type { Claim, Status } from '../../../src/kinds/status.ts'

const spec: CatalogGrantSpec = {
  securables: [
    { type: 'schema', name: 'main.silver' },
    { type: 'table', name: 'main.silver.Orders' },
  ],
  grants: [
    { principal: 'engineers', privileges: ['SELECT', 'USE_SCHEMA'] },
    { principal: 'Ana@Example.com', privileges: ['MODIFY'] },
  ],
}

const added = (...claims: Claim[]): Status => ({ observedGeneration: 1, added: claims })
const claim = (name: string, principal: string, type = 'schema'): Claim => ({
  type,
  name,
  principal,
  privilege: 'SELECT',
})

const silver = (spec: CatalogGrantSpec, status: Status) => grantPart(spec, status, 'schema main.silver')

describe('the parts of a grant', () => {
  it('are worked out once, however many differences ask for them, and anew for another status or manifest', () => {
    const status = added(claim('main.silver', 'ben'))
    const part = silver(spec, status)
    expect(silver(spec, status)).toBe(part)
    expect(silver(spec, added()).added).toEqual([])
    expect(silver({ ...spec, grants: [] }, status).principals.get('engineers')).toBeUndefined()
    expect(silver(spec, status)).toEqual(part)
  })

  it('are its securables', () => {
    expect(partNames(spec, { observedGeneration: 1 })).toEqual([
      'schema main.silver',
      'table main.silver.orders',
    ])
  })

  it('are also those it left where something that we added remains, each once', () => {
    const status = added(
      claim('main.gold', 'engineers'),
      claim('main.gold', 'ben'),
      claim('Main.Silver', 'engineers'),
    )
    expect(partNames(spec, status)).toEqual([
      'schema main.silver',
      'table main.silver.orders',
      'schema main.gold',
    ])
  })

  it('have those whom the manifest names, and what we added there', () => {
    const status = added(claim('main.silver', 'engineers'), claim('main.gold', 'engineers'))
    const part = grantPart(spec, status, 'schema main.silver')
    expect(part).toMatchObject({
      securable: { type: 'schema', name: 'main.silver' },
      isNamed: true,
      added: [claim('main.silver', 'engineers')],
    })
    expect([...part.principals]).toEqual([
      ['engineers', { name: 'engineers', privileges: ['SELECT', 'USE_SCHEMA'] }],
      ['ana@example.com', { name: 'Ana@Example.com', privileges: ['MODIFY'] }],
    ])
  })

  it('have those whom the manifest named once and to whom we added something: nothing is wanted for them', () => {
    const status = added(claim('main.silver', 'ben@example.com'), claim('main.silver', 'ana@example.com'))
    const { principals } = grantPart(spec, status, 'schema main.silver')
    expect(principals.get('ben@example.com')).toEqual({ name: 'ben@example.com', privileges: [] })
    expect(principals.get('ana@example.com')?.privileges).toEqual(['MODIFY'])
  })

  it('that left the manifest want nothing for anybody', () => {
    const part = grantPart(spec, added(claim('main.gold', 'engineers')), 'schema main.gold')
    expect(part.isNamed).toBe(false)
    expect([...part.principals.values()]).toEqual([{ name: 'engineers', privileges: [] }])
  })

  it('are never made up', () => {
    expect(() => grantPart(spec, { observedGeneration: 1 }, 'schema main.gold')).toThrow('schema main.gold')
  })

  it('are compared as one securable with its principals', () => {
    const part = grantPart(spec, { observedGeneration: 1 }, 'schema main.silver')
    expect(partValue(part, (key, wanted) => [...wanted, key])).toEqual({
      securables: [
        {
          type: 'schema',
          name: 'main.silver',
          grants: [
            { principal: 'engineers', privileges: ['SELECT', 'USE_SCHEMA', 'engineers'] },
            { principal: 'Ana@Example.com', privileges: ['MODIFY', 'ana@example.com'] },
          ],
        },
      ],
    })
  })
})

const held: { it: string; has: string[]; wants: string[]; counts: string[] }[] = [
  { it: 'nothing is held', has: [], wants: ['SELECT'], counts: [] },
  { it: 'what is held counts', has: ['SELECT'], wants: ['SELECT'], counts: ['SELECT'] },
  {
    it: 'what else is held counts too',
    has: ['SELECT', 'MODIFY'],
    wants: ['SELECT'],
    counts: ['SELECT', 'MODIFY'],
  },
  {
    it: 'ALL_PRIVILEGES stands for what is wanted, and remains visible itself',
    has: ['ALL_PRIVILEGES'],
    wants: ['SELECT'],
    counts: ['SELECT', 'ALL_PRIVILEGES'],
  },
  {
    it: 'ALL_PRIVILEGES does not stand for MANAGE',
    has: ['ALL_PRIVILEGES'],
    wants: ['MANAGE', 'EXTERNAL_USE_SCHEMA', 'EXTERNAL_USE_LOCATION'],
    counts: ['ALL_PRIVILEGES'],
  },
  {
    it: 'MANAGE beside ALL_PRIVILEGES counts for itself',
    has: ['ALL_PRIVILEGES', 'MANAGE'],
    wants: ['SELECT'],
    counts: ['SELECT', 'ALL_PRIVILEGES', 'MANAGE'],
  },
  {
    it: 'what stands beside ALL_PRIVILEGES without adding to it does not count',
    has: ['ALL_PRIVILEGES', 'MODIFY'],
    wants: [],
    counts: ['ALL_PRIVILEGES'],
  },
  {
    it: 'no single privilege stands for ALL_PRIVILEGES',
    has: ['SELECT', 'MODIFY'],
    wants: ['ALL_PRIVILEGES'],
    counts: ['SELECT', 'MODIFY'],
  },
]

describe('what a principal holds:', () => {
  it.each(held)('$it', ({ has, wants, counts }) => {
    const holds = heldOf([{ principal: 'engineers', privileges: has }])
    expect(holds('engineers', wants)).toEqual(counts)
    expect(holds('others', wants)).toEqual([])
  })

  it('a user and a service principal in whatever case, a group in its own', () => {
    const id = '3F0C1A52-8D2E-4E55-9A77-0B1C2D3E4F50'
    const principals = ['Ana@Example.com', id, 'Engineers']
    const holds = heldOf(principals.map((principal) => ({ principal, privileges: ['SELECT'] })))
    for (const key of ['ana@example.com', id.toLowerCase(), 'Engineers'])
      expect(holds(key, []), key).toEqual(['SELECT'])
    expect(holds('engineers', [])).toEqual([])
  })
})

describe('the names of Unity Catalog', () => {
  it('of privileges come in one spelling', () => {
    for (const spelling of ['USE_CATALOG', 'USE CATALOG', ' use catalog '])
      expect(normalPrivilege(spelling)).toBe('USE_CATALOG')
    expect(normalPrivilege('ALL PRIVILEGES')).toBe('ALL_PRIVILEGES')
  })

  it('of people and service principals have no case, those of groups have one', () => {
    expect(principalKey('Ana@Example.com')).toBe('ana@example.com')
    expect(principalKey('3F0C1A52-8D2E-4E55-9A77-0B1C2D3E4F50')).toBe('3f0c1a52-8d2e-4e55-9a77-0b1c2d3e4f50')
    expect(principalKey('Data Engineers')).toBe('Data Engineers')
  })

  it('of securables have none', () => {
    expect(securableKey({ type: 'table', name: 'Main.Silver.Orders' })).toBe('table main.silver.orders')
  })

  it('say what ALL_PRIVILEGES includes', () => {
    const all = new Set(['ALL_PRIVILEGES'])
    expect(isCovered('SELECT', all)).toBe(true)
    expect(isCovered('MANAGE', all)).toBe(false)
    expect(isCovered('SELECT', new Set(['MODIFY']))).toBe(false)
    expect(isRedundant('SELECT', all)).toBe(true)
    expect(isRedundant('ALL_PRIVILEGES', all)).toBe(false)
    expect(isRedundant('SELECT', new Set(['SELECT']))).toBe(false)
  })
})

const changes: { it: string; add?: string[]; remove?: string[]; held: string[]; gives: object }[] = [
  { it: 'adds', add: ['SELECT'], held: ['MODIFY'], gives: { add: ['SELECT'], remove: [] } },
  {
    it: 'removes what is named and nothing else',
    remove: ['SELECT'],
    held: ['SELECT', 'MODIFY'],
    gives: { add: [], remove: ['SELECT'] },
  },
  {
    it: 'does both at once',
    add: ['SELECT'],
    remove: ['MODIFY'],
    held: ['MODIFY', 'USE_SCHEMA'],
    gives: { add: ['SELECT'], remove: ['MODIFY'] },
  },
  {
    it: 'gives back in the same call what removing ALL_PRIVILEGES would take along',
    remove: ['ALL_PRIVILEGES'],
    held: ['ALL_PRIVILEGES', 'MANAGE', 'SELECT'],
    gives: { add: ['MANAGE', 'SELECT'], remove: ['ALL_PRIVILEGES'] },
  },
  {
    it: 'gives back nothing that goes too',
    remove: ['ALL_PRIVILEGES', 'SELECT'],
    held: ['ALL_PRIVILEGES', 'SELECT', 'MODIFY'],
    gives: { add: ['MODIFY'], remove: ['ALL_PRIVILEGES'] },
  },
  {
    it: 'adds once what is both new and to stay',
    add: ['SELECT'],
    remove: ['ALL_PRIVILEGES'],
    held: ['ALL_PRIVILEGES', 'SELECT'],
    gives: { add: ['SELECT'], remove: ['ALL_PRIVILEGES'] },
  },
]

describe('a change of what one principal holds', () => {
  it.each(changes)('$it', ({ add = [], remove = [], held, gives }) => {
    expect(changeFor('engineers', { add, remove }, held)).toEqual({ principal: 'engineers', ...gives })
  })
})
