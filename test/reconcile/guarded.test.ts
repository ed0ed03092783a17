import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../src/databricks/json.ts'
import { borrowedBy } from '../../src/reconcile/borrowed.ts'
import { AccessProblem, guarded } from '../../src/reconcile/guarded.ts'
import { aDoor } from './door.ts'

/** A door whose guard refuses whatever borrows something, and what it was shown. */
function aGuard() {
  const { databricks, calls } = aDoor(() => ({ done: true }))
  const shown: string[] = []
  const guard = guarded(databricks, (body: JsonObject) => {
    const [first] = borrowedBy(body)
    shown.push(first === undefined ? 'nothing' : `${first.list} ${first.value}`)
    return first === undefined ? undefined : { reason: 'AccessDenied', message: first.value }
  })
  return { guard, calls, shown }
}

const grants = (name: string, changes: JsonObject[]) =>
  ({
    method: 'PATCH',
    path: `/api/2.1/unity-catalog/permissions/schema/${name}`,
    body: { changes },
    effect: 'idempotent',
  }) as const

describe('the guard before the door', () => {
  it('lets through what borrows nothing', async () => {
    const { guard, calls } = aGuard()
    const call = {
      method: 'POST',
      path: '/api/2.2/jobs/create',
      body: { name: 'x' },
      effect: 'create',
    } as const
    expect(await guard.call(call)).toEqual({ done: true })
    expect(calls).toHaveLength(1)
  })

  it('sends nothing of what is not lent', async () => {
    const { guard, calls } = aGuard()
    const body = { cluster: { policy_id: 'ABC' } }
    const call = { method: 'POST', path: '/api/2.1/clusters/update', body, effect: 'idempotent' } as const
    await expect(guard.call(call)).rejects.toEqual(
      new AccessProblem({ reason: 'AccessDenied', message: 'ABC' }),
    )
    expect(calls).toEqual([])
  })

  it('does not hold up a look', async () => {
    const { guard, shown } = aGuard()
    await guard.call({
      method: 'POST',
      path: '/api/2.1/clusters/events',
      body: { policy_id: 'ABC' },
      effect: 'read',
    })
    expect(shown).toEqual([])
  })

  it('sees on what a privilege is granted', async () => {
    const { guard, calls, shown } = aGuard()
    await expect(guard.call(grants('main.a%20b', [{ principal: 'red', add: ['SELECT'] }]))).rejects.toThrow()
    expect(shown).toEqual(['securables main.a b'])
    expect(calls).toEqual([])
  })

  it('lets a privilege be taken back anywhere', async () => {
    const { guard, calls } = aGuard()
    await guard.call(grants('main.silver', [{ principal: 'red', remove: ['SELECT'] }]))
    expect(calls).toHaveLength(1)
    const mixed = [
      { principal: 'red', remove: ['SELECT'] },
      { principal: 'blue', add: ['SELECT'] },
    ]
    await expect(guard.call(grants('main.silver', mixed))).rejects.toThrow('main.silver')
  })

  it('is the same workspace', () => {
    const { guard } = aGuard()
    expect(guard.host).toBe('https://dbc-1.cloud.databricks.com')
    expect(guard.workspaceId()).toBe('1234567890123456')
  })
})
