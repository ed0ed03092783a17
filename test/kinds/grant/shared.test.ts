import { describe, expect, it, vi } from 'vitest'
import { grantsSettle } from '../../../src/kinds/grant/api.ts'
import { grant } from '../../../src/kinds/grant/index.ts'
import type { KubeObject } from '../../../src/kube/object.ts'
import { Store } from '../../../src/kube/store.ts'
import { reconcile } from '../../../src/reconcile/reconcile.ts'
import { statusOf } from '../../../src/reconcile/writer.ts'
import { aDoor } from '../../reconcile/door.ts'
import { aFailure, anObject } from '../../reconcile/fixtures.ts'
import { attemptSettle, surroundings } from '../../reconcile/surroundings.ts'
import { Catalog } from './catalog.ts'

const path = 'schema/main.silver'
const finalizers = ['lakeward.dev/remote']

const specOf = (privileges: string[], principal: string) => ({
  securables: [{ type: 'schema', name: 'main.silver' }],
  grants: [{ principal, privileges }],
})

/** Several manifests about one schema, in one workspace. */
async function stage() {
  const catalog = new Catalog().on(path, {})
  const quiet = { call: /^$/, happens: () => {} }
  let meanwhile = quiet
  let isLost = false
  const door = aDoor((called) => {
    const { call, happens } = meanwhile
    if (call.test(called.call)) {
      meanwhile = quiet
      happens()
    }
    if (called.call.includes('scim')) return {}
    if (!isLost || !called.call.startsWith('PATCH')) return catalog.answer(called)
    isLost = false
    return aFailure({ kind: 'Unavailable', status: 0, answered: false })
  })
  const { api, clock, events, environment: usual } = await surroundings(door)
  const guard: { why?: string; asked: number } = { asked: 0 }
  const ask = () => {
    guard.asked += 1
    return Promise.resolve(guard.why)
  }
  const environment = { ...usual, deletions: { ask } }
  const record = vi.spyOn(events, 'record')
  const store = new Store<KubeObject>()
  const paths = new Map<string, string>()
  const object = (name: string) => api.objects.get(paths.get(name) ?? '') ?? anObject()
  let made = 0
  /** The watch shows everything. */
  const see = () => {
    for (const one of paths.keys()) store.observe(object(one))
  }
  return {
    catalog,
    /** Why nothing may be taken back, as the guard says, and how often it was asked. */
    guard,
    see,
    /** What events said, each as often as it was said. */
    told: () => record.mock.calls.map(([, { note }]) => note),
    clock,
    object,
    /** Something happens the next time such a call is made. */
    meanwhile: (call: RegExp, happens: () => void) => {
      meanwhile = { call, happens }
    },
    /** The next write is not answered, and has taken no effect yet. */
    loseWrite: () => {
      isLost = true
    },
    status: (name: string) => statusOf(object(name)),
    holds: (principal = 'engineers') => catalog.grants.get(path)?.get(principal) ?? [],
    /** Somebody applies a manifest. */
    apply: (name: string, privileges: string[], principal = 'engineers') => {
      const before = paths.get(name)
      const spec = specOf(privileges, principal)
      if (before !== undefined) {
        const { metadata } = object(name)
        api.change(before, { spec, metadata: { ...metadata, generation: (metadata.generation ?? 0) + 1 } })
        return
      }
      const creationTimestamp = `2026-01-01T00:00:0${made++}Z`
      paths.set(
        name,
        api.put(
          anObject({ name, creationTimestamp }, { spec, status: { observedGeneration: -1 } }),
          'cataloggrants',
        ),
      )
    },
    delete: (name: string) => {
      const { metadata } = object(name)
      api.change(paths.get(name) ?? '', {
        metadata: { ...metadata, deletionTimestamp: '2026-01-02T00:00:00Z' },
      })
    },
    /** One pass over each of them, in this order. */
    pass: async (...names: string[]) => {
      for (const name of names) {
        see()
        await reconcile({ kind: grant, store, environment }, `data/${name}`, 'edit')
        await events.idle()
        if (
          object(name).metadata.deletionTimestamp !== undefined &&
          object(name).metadata.finalizers?.length === 0
        )
          store.delete(`data/${name}`)
      }
    },
  }
}

const claim = (privilege: string, principal = 'engineers') => ({
  type: 'schema',
  name: 'main.silver',
  principal,
  privilege,
})

describe('a privilege that two manifests want', () => {
  it('stays when the one that granted it goes, and goes with the last', async () => {
    const one = await stage()
    one.apply('first', ['SELECT'])
    one.apply('second', ['SELECT'])
    await one.pass('first', 'second')
    expect(one.status('first').added).toEqual([claim('SELECT')])
    one.delete('first')
    await one.pass('first')
    expect(one.holds()).toEqual(['SELECT'])
    expect(one.object('first').metadata.finalizers).toEqual([])
    // The heir knows that it is ours to take back, and cannot go without doing so.
    expect(one.status('second').added).toEqual([claim('SELECT')])
    expect(one.object('second').metadata.finalizers).toEqual(finalizers)
    one.delete('second')
    await one.pass('second')
    expect(one.holds()).toEqual([])
  })

  it('stays also when they spell the user in different cases', async () => {
    const one = await stage()
    one.apply('first', ['SELECT'], 'Ana@Example.com')
    one.apply('second', ['SELECT'], 'ana@example.com')
    await one.pass('first')
    // Unity Catalog keeps one spelling.
    one.catalog.on(path, { 'ana@example.com': one.holds('Ana@Example.com') })
    await one.pass('second')
    one.delete('first')
    await one.pass('first')
    expect(one.holds('ana@example.com')).toEqual(['SELECT'])
    expect(one.status('second').added).toEqual([claim('SELECT', 'ana@example.com')])
  })

  it('stays when it leaves the manifest that granted it', async () => {
    const one = await stage()
    one.apply('first', ['SELECT', 'MODIFY'])
    one.apply('second', ['SELECT'])
    await one.pass('first', 'second')
    one.apply('first', ['MODIFY'])
    await one.pass('first')
    expect(one.holds()).toEqual(['SELECT', 'MODIFY'])
    expect(one.status('first').added).toEqual([claim('MODIFY')])
    expect(one.status('second').added).toEqual([claim('SELECT')])
    expect(one.status('first').conditions).toMatchObject([
      { type: 'Ready', status: 'True' },
      { type: 'Drifted', status: 'False' },
    ])
  })

  it('asks nobody when it leaves the manifest that did not grant it', async () => {
    const one = await stage()
    one.apply('first', ['SELECT', 'MODIFY'])
    one.apply('second', ['SELECT', 'MODIFY'])
    await one.pass('first', 'second')
    one.apply('second', ['SELECT'])
    await one.pass('second')
    expect(one.holds()).toEqual(['SELECT', 'MODIFY'])
    expect(one.status('second').held).toBeUndefined()
    expect(one.status('second').conditions).toMatchObject([
      { type: 'Ready', status: 'True' },
      { type: 'Drifted', status: 'False' },
    ])
    expect(one.status('first').added).toEqual([claim('SELECT'), claim('MODIFY')])
  })

  it('goes when neither wants it any more', async () => {
    const one = await stage()
    one.apply('first', ['SELECT', 'MODIFY'])
    one.apply('second', ['SELECT', 'MODIFY'])
    await one.pass('first', 'second')
    one.apply('first', ['MODIFY'])
    await one.pass('first')
    one.apply('second', ['MODIFY'])
    await one.pass('second')
    expect(one.holds()).toEqual(['MODIFY'])
  })
})

/** A manifest that gives everything, and one that names a part of it. */
const both = async () => {
  const one = await stage()
  one.apply('broad', ['ALL_PRIVILEGES'])
  one.apply('narrow', ['SELECT'])
  await one.pass('broad', 'narrow')
  expect(one.holds()).toEqual(['ALL_PRIVILEGES'])
  return one
}

describe('a privilege that another manifest has only as a part of ALL_PRIVILEGES', () => {
  it('is never lost when the broad manifest goes, and goes with the narrow one', async () => {
    const one = await both()
    one.delete('broad')
    await one.pass('broad')
    expect(one.holds()).toEqual(['SELECT'])
    expect(one.catalog.patches.at(-1)?.changes).toEqual([
      { principal: 'engineers', add: ['SELECT'], remove: ['ALL_PRIVILEGES'] },
    ])
    expect(one.status('narrow').added).toEqual([claim('SELECT')])
    one.delete('narrow')
    await one.pass('narrow')
    expect(one.holds()).toEqual([])
  })

  it('is given to nobody who was deleted before it came, and had looked and gone', async () => {
    const one = await both()
    one.apply('late', ['SELECT'])
    await one.pass('late')
    one.delete('broad')
    one.meanwhile(/^PATCH/, () => one.delete('narrow'))
    await one.pass('broad')
    expect(one.holds()).toEqual(['SELECT'])
    expect(one.status('late').added).toEqual([claim('SELECT')])
    one.delete('late')
    await one.pass('narrow', 'late')
    expect(one.holds()).toEqual([])
  })

  it('goes back where nobody else wants it', async () => {
    const one = await both()
    one.delete('broad')
    one.meanwhile(/^PATCH/, () => one.delete('narrow'))
    await one.pass('broad')
    expect(one.holds()).toEqual([])
  })

  it('is never lost when the broad manifest becomes another one', async () => {
    const one = await both()
    one.apply('broad', ['MODIFY'])
    await one.pass('broad')
    expect(one.holds().toSorted()).toEqual(['MODIFY', 'SELECT'])
    expect(one.status('broad').added).toEqual([claim('MODIFY')])
    expect(one.status('narrow').added).toEqual([claim('SELECT')])
  })

  it('is not taken for ours where somebody has granted it for itself', async () => {
    const one = await both()
    one.catalog.on(path, { engineers: ['ALL_PRIVILEGES', 'SELECT'] })
    one.delete('broad')
    await one.pass('broad')
    expect(one.holds()).toEqual(['SELECT'])
    expect(one.status('narrow').added).toBeUndefined()
  })
})

/** A manifest that is deleted after nobody answered when it gave something. */
const unanswered = async () => {
  const one = await stage()
  one.apply('first', ['SELECT'])
  one.loseWrite()
  await one.pass('first')
  one.delete('first')
  await one.pass('first')
  return one
}

describe('a privilege that was given without an answer', () => {
  it('keeps its manifest as long as it may still come, and is taken back when it does', async () => {
    const one = await unanswered()
    expect(one.status('first').conditions).toContainEqual(
      expect.objectContaining({
        reason: 'DeletionWaits',
        message: expect.stringContaining('the outcome is unknown; what comes of it is taken back') as string,
      }),
    )
    one.catalog.on(path, { engineers: ['SELECT'] })
    await one.clock.advance(attemptSettle)
    await one.pass('first')
    expect(one.holds()).toEqual([])
    expect(one.object('first').metadata.finalizers).toEqual([])
  })

  it('is said to be revoked once, when it is clear that nothing more comes', async () => {
    const one = await unanswered()
    const revoked = () => one.told().filter((note) => note.startsWith('revoked'))
    one.catalog.on(path, { engineers: ['SELECT'] })
    await one.pass('first', 'first')
    expect(one.holds()).toEqual([])
    expect(revoked()).toEqual([])
    await one.clock.advance(attemptSettle)
    await one.pass('first')
    expect(revoked()).toEqual(['revoked 1 privilege that this object had added'])
  })

  it('is nothing to wait for when it cannot come any more', async () => {
    const one = await unanswered()
    await one.clock.advance(attemptSettle - 1)
    await one.pass('first')
    expect(one.object('first').metadata.finalizers).toEqual(finalizers)
    await one.clock.advance(1)
    await one.pass('first')
    expect(one.object('first').metadata.finalizers).toEqual([])
  })

  it('is over also for two that hand over to each other', async () => {
    const one = await stage()
    one.apply('first', ['SELECT'])
    one.apply('second', ['MODIFY'])
    await one.pass('first', 'second')
    one.apply('first', ['SELECT', 'EXECUTE'])
    one.loseWrite()
    await one.pass('first')
    one.apply('second', ['MODIFY', 'READ_VOLUME'])
    one.loseWrite()
    await one.pass('second')
    one.apply('first', ['MODIFY', 'EXECUTE'])
    one.apply('second', ['SELECT', 'READ_VOLUME'])
    for (const _ of [1, 2, 3, 4, 5]) {
      await one.clock.advance(attemptSettle)
      await one.pass('first', 'second')
    }
    expect(one.status('first').attempt).toBeUndefined()
    expect(one.status('second').attempt).toBeUndefined()
    expect(one.holds().toSorted()).toEqual(['EXECUTE', 'MODIFY', 'READ_VOLUME', 'SELECT'])
  })

  it('is waited for no longer than a read may lag where somebody answered', async () => {
    const one = await stage()
    one.apply('first', ['SELECT'])
    one.catalog.lagging = true
    await one.pass('first')
    one.catalog.lagging = false
    one.delete('first')
    await one.pass('first')
    expect(one.object('first').metadata.finalizers).toEqual(finalizers)
    one.catalog.on(path, { engineers: ['SELECT'] })
    await one.clock.advance(grantsSettle)
    await one.pass('first')
    expect(one.holds()).toEqual([])
    expect(one.object('first').metadata.finalizers).toEqual([])
  })

  it('leaves nothing in the status once it was given and seen', async () => {
    const one = await stage()
    one.apply('first', ['SELECT'])
    await one.pass('first')
    expect(one.status('first').attempt).toBeUndefined()
  })
})

/** Two manifests share a privilege, and nothing more may be deleted. */
const shared = async () => {
  const one = await stage()
  one.apply('first', ['SELECT'])
  one.apply('second', ['SELECT'])
  await one.pass('first', 'second')
  one.guard.why = 'too many'
  return one
}

describe('a privilege that is taken back while too much is being deleted', () => {
  it('waits, and is not asked about as long as another manifest wants it', async () => {
    const one = await shared()
    one.delete('first')
    await one.pass('first')
    expect(one.guard.asked).toBe(0)
    one.delete('second')
    await one.pass('second')
    expect(one.guard.asked).toBe(1)
    expect(one.holds()).toEqual(['SELECT'])
  })

  it('waits also when the last who wanted it goes while we ask who we are', async () => {
    const one = await shared()
    one.delete('first')
    one.meanwhile(/scim/, () => {
      one.delete('second')
      one.see()
    })
    await one.pass('first')
    expect(one.guard.asked).toBe(1)
    expect(one.holds()).toEqual(['SELECT'])
    expect(one.object('first').metadata.finalizers).toEqual(finalizers)
  })
})

describe('a privilege that we took back', () => {
  it('is not ours any more: whoever gives it later keeps it', async () => {
    const one = await stage()
    one.apply('first', ['SELECT', 'MODIFY'])
    await one.pass('first')
    one.apply('first', ['SELECT'])
    await one.pass('first')
    expect(one.holds()).toEqual(['SELECT'])
    expect(one.status('first').added).toEqual([claim('SELECT')])
    one.catalog.on(path, { engineers: ['SELECT', 'MODIFY'] })
    one.delete('first')
    await one.pass('first')
    expect(one.holds()).toEqual(['MODIFY'])
  })
})

describe('a privilege that was there before us', () => {
  it('is never revoked with the manifest', async () => {
    const one = await stage()
    one.catalog.on(path, { engineers: ['SELECT'] })
    one.apply('first', ['SELECT', 'MODIFY'])
    await one.pass('first')
    one.delete('first')
    await one.pass('first')
    expect(one.holds()).toEqual(['SELECT'])
  })

  it('is revoked only after approval when it leaves the manifest', async () => {
    const one = await stage()
    one.catalog.on(path, { engineers: ['SELECT'] })
    one.apply('first', ['SELECT', 'MODIFY'])
    await one.pass('first')
    one.apply('first', ['MODIFY'])
    await one.pass('first')
    expect(one.holds()).toEqual(['SELECT', 'MODIFY'])
    expect(one.status('first').held).toMatchObject({ impact: 'Revoke', verb: 'grants/revoke' })
  })
})

describe('a privilege that left the manifest', () => {
  it('stays ours to revoke until its revocation is seen', async () => {
    const one = await stage()
    one.apply('a', ['SELECT', 'MODIFY'])
    await one.pass('a')
    one.apply('a', ['SELECT'])
    one.catalog.lagging = true
    await one.pass('a')
    expect(one.status('a').added).toContainEqual(claim('MODIFY'))
    expect(one.status('a').held).toBeUndefined()
    one.catalog.lagging = false
    await one.clock.advance(grantsSettle)
    await one.pass('a')
    expect(one.holds()).toEqual(['SELECT'])
    expect(one.status('a').added).toEqual([claim('SELECT')])
  })
})
