import { expect, it } from 'vitest'
import { inLane } from '../../src/databricks/in-lane.ts'
import { aDoor } from '../reconcile/door.ts'

const read = { method: 'GET', path: '/a', effect: 'read' } as const

it('is the same workspace, and its calls say their lane', async () => {
  const { databricks, calls, lanes } = aDoor(() => ({ ok: true }))
  const view = inLane(databricks, 'dependency')
  expect(await view.call(read)).toEqual({ ok: true })
  expect([view.host, view.workspaceId()]).toEqual([databricks.host, databricks.workspaceId()])
  expect([calls.length, lanes]).toEqual([1, ['dependency']])
})

it('leaves a lane that was chosen nearer to the call', async () => {
  const { databricks, lanes } = aDoor()
  const view = inLane(databricks, 'edit')
  await inLane(view, 'sweep').call(read)
  await view.call({ ...read, lane: 'retry' })
  expect(lanes).toEqual(['sweep', 'retry'])
})
