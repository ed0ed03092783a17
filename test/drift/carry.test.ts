import { describe, expect, it } from 'vitest'
import { replacementOf } from '../../src/drift/carry.ts'
import { compileRules } from '../../src/drift/rules.ts'
import type { Value } from '../../src/drift/value.ts'

const rules = compileRules([
  { path: '', refilledBy: ['policy', 'refill'], reason: '' },
  { path: 'refill', writeOnly: true, reason: '' },
  { path: 'workers', silentWhile: 'scale', reason: '' },
  { path: 'driver', serverDefault: true, follows: 'node', silentWhile: 'pool', reason: '' },
  { path: 'node', silentWhile: 'pool', reason: '' },
  { path: 'cloud.disks', silentWhile: '../pool', reason: '' },
  { path: 'cloud.zone', serverDefault: true, wantedAny: 'auto', reason: '' },
  { path: 'mode', alias: [['NEW', 'old']], reason: '' },
  {
    path: 'engine',
    default: ['STANDARD'],
    derived: { from: 'version', gives: (version) => (version === 'fast' ? 'PHOTON' : undefined) },
    reason: '',
  },
  { path: 'scripts[]', unit: true, reason: '' },
])

interface Row {
  it: string
  wanted: Value
  found: Value
  /** Without it: what was found. */
  edited?: Value
  sends: Value
}

const sends = (rows: Row[]) =>
  it.each(rows)('$it', ({ wanted, found, edited = found, sends: expected }) =>
    expect(replacementOf({ wanted, found, edited, rules })).toEqual(expected),
  )

describe('what the manifest does not mention', () => {
  sends([
    {
      it: 'goes back as it was read, at any depth',
      wanted: { name: 'a', cloud: { zone: 'z' } },
      found: { name: 'b', cloud: { zone: 'z', disks: 2, unknown_to_us: { a: [1] } }, other: true },
      edited: { name: 'a', cloud: { zone: 'z', disks: 2, unknown_to_us: { a: [1] } }, other: true },
      sends: { name: 'a', cloud: { zone: 'z', disks: 2, unknown_to_us: { a: [1] } }, other: true },
    },
    {
      it: 'stays away where a value beside it brought it along',
      wanted: { version: 'new' },
      found: { version: 'fast', engine: 'PHOTON' },
      edited: { version: 'new', engine: 'PHOTON' },
      sends: { version: 'new' },
    },
    {
      it: 'goes back where the value beside it would have brought another along',
      wanted: { version: 'new' },
      found: { version: 'fast', engine: 'STANDARD' },
      edited: { version: 'new', engine: 'STANDARD' },
      sends: { version: 'new', engine: 'STANDARD' },
    },
    {
      it: 'stays away where the manifest has the other form',
      wanted: { scale: { min: 1 } },
      found: { workers: 8 },
      edited: { workers: 8, scale: { min: 1 } },
      sends: { scale: { min: 1 } },
    },
    {
      it: 'stays away where the manifest has the other form further up',
      wanted: { pool: 'p', cloud: { zone: 'z' } },
      found: { node: 'n', driver: 'n', cloud: { zone: 'z', disks: 2 } },
      edited: { pool: 'p', node: 'n', driver: 'n', cloud: { zone: 'z', disks: 2 } },
      sends: { pool: 'p', cloud: { zone: 'z' } },
    },
    {
      it: 'stays away where it came of the other form that was there',
      wanted: { node: 'n', cloud: { zone: 'z' } },
      found: { pool: 'p', driver: 'd', cloud: { zone: 'z', disks: 2 } },
      edited: { node: 'n', driver: 'd', cloud: { zone: 'z', disks: 2 } },
      sends: { node: 'n', cloud: { zone: 'z' } },
    },
    {
      it: 'stays away where it followed a value beside it',
      wanted: { node: 'big' },
      found: { node: 'small', driver: 'small' },
      edited: { node: 'big', driver: 'small' },
      sends: { node: 'big' },
    },
    {
      it: 'stays where it was set for itself',
      wanted: { node: 'big' },
      found: { node: 'small', driver: 'tiny' },
      edited: { node: 'big', driver: 'tiny' },
      sends: { node: 'big', driver: 'tiny' },
    },
    {
      it: 'stays away where each write fills it in anew',
      wanted: { policy: 'p', refill: true, node: 'n', cloud: { zone: 'z' } },
      found: { policy: 'p', node: 'n', cloud: { zone: 'z', disks: 2 }, tags: { a: 'b' }, unknown: 1 },
      sends: { policy: 'p', refill: true, node: 'n', cloud: { zone: 'z' } },
    },
    {
      it: 'goes back while only half of that is set',
      wanted: { refill: true, node: 'n' },
      found: { node: 'n', tags: { a: 'b' } },
      sends: { refill: true, node: 'n', tags: { a: 'b' } },
    },
  ])
})

describe('what the manifest says', () => {
  sends([
    {
      it: 'goes out as it says it, where that means the same',
      wanted: { cloud: { zone: 'auto' }, mode: 'NEW' },
      found: { cloud: { zone: 'us-east-1c' }, mode: 'old' },
      sends: { cloud: { zone: 'auto' }, mode: 'NEW' },
    },
    {
      it: 'goes out where it cannot be read',
      wanted: { refill: true, workers: 0, engine: 'STANDARD' },
      found: { node: 'n' },
      sends: { refill: true, workers: 0, engine: 'STANDARD', node: 'n' },
    },
    {
      it: 'does not go out where a difference is left as it is',
      wanted: { node: 'n', workers: 2, tags: { a: '1' } },
      found: { node: 'm', workers: 3 },
      edited: { node: 'n', workers: 3 },
      sends: { node: 'n', workers: 3 },
    },
    {
      it: 'keeps the items of a list as they were edited',
      wanted: { scripts: [{ path: '/a' }] },
      found: { scripts: [{ path: '/a', region_of_ours: 1 }] },
      sends: { scripts: [{ path: '/a', region_of_ours: 1 }] },
    },
  ])

  it('may be nothing at all', () => {
    expect(replacementOf({ wanted: {}, found: {}, edited: {}, rules })).toEqual({})
  })
})
