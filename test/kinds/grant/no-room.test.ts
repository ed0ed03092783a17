import { expect, describe, it } from 'vitest'
import { grant } from '../../../src/kinds/grant/index.ts'
import type { KubeObject } from '../../../src/kube/object.ts'
import { Store } from '../../../src/kube/store.ts'
import { reconcile } from '../../../src/reconcile/reconcile.ts'
import { statusOf } from '../../../src/reconcile/writer.ts'
import { aDoor } from '../../reconcile/door.ts'
import { anObject, workspaceId } from '../../reconcile/fixtures.ts'
import { surroundings } from '../../reconcile/surroundings.ts'
import { Catalog } from './catalog.ts'

const path = 'schema/main.silver'
const finalizers = ['lakeward.dev/remote']
const privileges = ['EXECUTE', 'MODIFY', 'READ_VOLUME']

const claim = (principal: string, privilege: string) => ({
  type: 'schema',
  name: 'main.silver',
  principal,
  privilege,
})

/** A manifest that gives SELECT to the engineers, and what it added. */
const giving = (name: string, added: object[], metadata: object = {}) => ({
  ...anObject(
    { name, finalizers, creationTimestamp: `2026-01-01T00:00:0${name.length}Z`, ...metadata },
    {
      spec: {
        securables: [{ type: 'schema', name: 'main.silver' }],
        grants: [{ principal: 'engineers', privileges: ['SELECT'] }],
      },
      status: { observedGeneration: 1, workspaceId, ...(added.length === 0 ? {} : { added }) },
    },
  ),
  kind: 'CatalogGrant',
})

/** As much as a record has room for, of somebody whom the manifest does not name any more. */
const full = privileges.map((privilege) => claim('leavers', privilege))

async function given(...objects: ReturnType<typeof giving>[]) {
  const catalog = new Catalog().on(path, { leavers: privileges })
  const { environment, api, clock } = await surroundings(
    aDoor((called) => (called.call.includes('scim') ? {} : catalog.answer(called))),
  )
  api.room = privileges.length
  const store = new Store<KubeObject>()
  const paths = new Map(objects.map((one) => [one.metadata.name, api.put(one, 'cataloggrants')]))
  const object = (name: string) => api.objects.get(paths.get(name) ?? '') ?? anObject()
  return {
    api,
    catalog,
    clock,
    object,
    path: (name: string) => paths.get(name) ?? '',
    status: (name: string) => statusOf(object(name)),
    pass: (name: string) => {
      for (const one of paths.keys()) store.observe(object(one))
      return reconcile({ kind: grant, store, environment }, `data/${name}`, 'edit')
    },
  }
}

describe('a record of what was added that has no room for more', () => {
  it('stops its manifest, which says so, before anything is given', async () => {
    const one = await given(giving('one', full))
    await one.pass('one')
    expect(await one.pass('one')).toMatchObject({ is: 'Stalled', reason: 'NoRoomForStatus' })
    expect(one.status('one').conditions).toMatchObject([
      { type: 'Ready', status: 'False', reason: 'NoRoomForStatus' },
      { type: 'Drifted' },
      { type: 'Stalled', status: 'True', reason: 'NoRoomForStatus' },
    ])
    expect(one.catalog.patches).toEqual([])
  })

  it('is room again once some of it is gone, and the manifest goes on by itself', async () => {
    const one = await given(giving('one', full))
    await one.pass('one')
    await one.pass('one')
    one.catalog.on(path, { leavers: privileges.slice(1) })
    await one.pass('one')
    await one.pass('one')
    expect(one.catalog.grants.get(path)?.get('engineers')).toEqual(['SELECT'])
    expect(one.status('one').added).toEqual([claim('engineers', 'SELECT')])
  })

  it('keeps whoever would hand over to it, and says what to do', async () => {
    const deletionTimestamp = '2026-01-02T00:00:00Z'
    const leaver = giving('leaver', [claim('engineers', 'SELECT')], { deletionTimestamp })
    const one = await given(leaver, giving('one', full))
    expect(await one.pass('leaver')).toMatchObject({ is: 'Waiting', reason: 'DeletionWaits' })
    expect(one.status('leaver').conditions?.[0]).toMatchObject({
      reason: 'DeletionWaits',
      message: expect.stringMatching(/cataloggrants\/one\/status: .*lakeward.dev\/abandon=true$/) as string,
    })
    expect(one.catalog.patches).toEqual([])
  })

  it.each(['abandon', 'suspend'])('keeps nobody who leaves all as it is: %s', async (how) => {
    const metadata = {
      deletionTimestamp: '2026-01-02T00:00:00Z',
      annotations: { [`lakeward.dev/${how}`]: 'true' },
    }
    const one = await given(giving('leaver', [claim('engineers', 'SELECT')], metadata), giving('one', full))
    await one.pass('leaver')
    expect(one.object('leaver').metadata.finalizers).toEqual([])
  })
})
