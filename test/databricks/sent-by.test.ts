import { onTestFinished, describe, expect, it } from 'vitest'
import type { Call } from '../../src/databricks/call.ts'
import { provesNothingHappened } from '../../src/databricks/errors.ts'
import { createsSentBy } from '../../src/databricks/sent-by.ts'
import { clientFor, fakeHost, reply } from './fake-host.ts'

const create: Call = { method: 'POST', path: '/api/2.2/jobs/create', body: { name: 'n' }, effect: 'create' }
const read: Call = { method: 'GET', path: '/api/2.2/jobs/get', effect: 'read' }

/** A client whose token comes when the test lets it, and which sends creates within a second. */
async function given() {
  const host = await fakeHost(reply(200, { job_id: 7 }))
  onTestFinished(() => host[Symbol.asyncDispose]())
  const asked = Promise.withResolvers<void>()
  const token = Promise.withResolvers<string>()
  const { databricks, clock } = clientFor(host, {
    credentials: {
      kind: 'pat',
      token: () => {
        asked.resolve()
        return token.promise
      },
      invalidate: () => undefined,
    },
  })
  const prove = () => token.resolve('t')
  return { seen: host.seen, clock, databricks: createsSentBy(databricks, 1_000), asked: asked.promise, prove }
}

describe('a create that is to be sent by a moment', () => {
  it('is sent until then', async () => {
    const { databricks, clock, asked, prove, seen } = await given()
    const created = databricks.call(create)
    await asked
    clock.stall(1_000)
    prove()
    expect(await created).toEqual({ job_id: 7 })
    expect(seen).toHaveLength(1)
  })

  it('is not sent afterwards, although no timer has rung, and then certainly nothing was made', async () => {
    const { databricks, clock, asked, prove, seen } = await given()
    const created = databricks.call(create).catch((error: unknown) => error)
    await asked
    clock.stall(1_001)
    prove()
    const error = await created
    expect(error).toMatchObject({ kind: 'Unavailable', code: 'NOT_SENT', sent: false })
    expect((error as Error).message).toMatch(/because the operator was held up; nothing was sent$/)
    expect(provesNothingHappened(error)).toBe(true)
    expect(seen).toEqual([])
  })

  it('holds up nothing else', async () => {
    const { databricks, clock, prove, seen } = await given()
    clock.stall(1_001)
    prove()
    await databricks.call(read)
    expect(seen).toHaveLength(1)
  })
})
