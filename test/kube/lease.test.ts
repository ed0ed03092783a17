import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { pino, type Logger } from 'pino'
import { KubeClient } from '../../src/kube/client.ts'
import { Lease } from '../../src/kube/lease.ts'
import { LeaseLost, type Term } from '../../src/kube/term.ts'
import { ManualClock } from '../manual-clock.ts'
import { FakeApi, type Exchange } from './fake-api.ts'
import { Inbox } from './inbox.ts'

const path = '/apis/coordination.k8s.io/v1/namespaces/home/leases'
const one = `${path}/lakeward`
/** Of every process here; so a renewal is due after 2 s, and a request has 2 s. */
const duration = 10_000
/** Two thirds of it. */
const validity = 6_666
/** Between two looks, with chance in the middle. */
const look = 1_125

let api: FakeApi
let clock: ManualClock
let client: KubeClient

beforeEach(async () => {
  api = await FakeApi.start()
  clock = new ManualClock(Date.parse('2026-03-04T05:06:07.089Z'))
  client = new KubeClient({ access: api.access, clock, random: () => 0.5 })
})

afterEach(async () => {
  await client.close()
  await api[Symbol.asyncDispose]()
})

/** A lease as the API server holds it. */
function record(spec: object, metadata: object = {}) {
  return {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { name: 'lakeward', namespace: 'home', uid: 'u', resourceVersion: '7', ...metadata },
    spec,
  }
}

const ofOther = record({
  holderIdentity: 'other',
  leaseDurationSeconds: 4,
  renewTime: '1970-01-01T00:00:00.000000Z',
})

/** A process that takes part. */
class Candidate {
  readonly terms = new Inbox<Term>()
  readonly lines: string[] = []
  readonly ended: Promise<void>
  readonly #stop = new AbortController()
  /** What the work does besides waiting for its end. */
  drain: () => Promise<void> = () => Promise.resolve()

  constructor() {
    const log = this.#log()
    const at = { namespace: 'home', name: 'lakeward', identity: 'me', duration }
    const lease = new Lease({ client, ...at, clock, random: () => 0.5, log })
    this.ended = lease.run((term) => this.#work(term), this.#stop.signal)
    this.ended.catch(() => undefined)
    onTestFinished(() => this.stop())
  }

  stop(): void {
    this.#stop.abort(new Error('stopped'))
  }

  /** Level and message of each line. */
  #log(): Logger {
    const formatters = { level: (level: string) => ({ level }) }
    return pino(
      { level: 'info', formatters },
      {
        write: (line: string) => {
          const { level, msg } = JSON.parse(line) as { level: string; msg: string }
          this.lines.push(`${level} ${msg}`)
        },
      },
    )
  }

  async #work(term: Term): Promise<void> {
    this.terms.put(term)
    const { promise, resolve } = Promise.withResolvers<void>()
    for (const signal of [term.signal, this.#stop.signal]) signal.addEventListener('abort', () => resolve())
    await promise
    await this.drain()
  }
}

/** The next request, which has to be this one. */
async function expectRequest(method: string, at: string): Promise<Exchange> {
  const call = await api.next()
  expect(`${call.method} ${call.path}`).toBe(`${method} ${at}`)
  return call
}

const sent = ({ body }: Exchange) => JSON.parse(body) as Sent

type Sent = ReturnType<typeof record> & { spec: Record<string, unknown> }

/** Answers a write as the API server does: with what was written, in a new version. */
function accept(call: Exchange, resourceVersion = '8'): void {
  const written = sent(call)
  call.json({ ...written, metadata: { ...written.metadata, uid: 'u', resourceVersion } })
}

/** A process that leads. */
async function leader(): Promise<{ candidate: Candidate; term: Term }> {
  const candidate = new Candidate()
  ;(await expectRequest('GET', one)).refuse(404, 'NotFound')
  accept(await expectRequest('POST', path))
  return { candidate, term: await candidate.terms.next() }
}

/** One that leads in its fifth term, and whose renewal finds that somebody has written meanwhile. */
async function refusedLeader(): Promise<{ candidate: Candidate; term: Term }> {
  const candidate = new Candidate()
  ;(await expectRequest('GET', one)).json(record({ holderIdentity: '', leaseTransitions: 4 }))
  accept(await expectRequest('PUT', one))
  const term = await candidate.terms.next()
  await clock.sleeping(2_000)
  await clock.advance(2_000)
  ;(await expectRequest('PUT', one)).refuse(409, 'Conflict')
  return { candidate, term }
}

/** Time passes until the process looks again; it is shown this. */
async function showNext(lease: object): Promise<void> {
  await clock.sleeping(look)
  await clock.advance(look)
  ;(await expectRequest('GET', one)).json(lease)
}

describe('a lease that nobody holds', () => {
  it('is made where there is none', async () => {
    const candidate = new Candidate()
    ;(await expectRequest('GET', one)).refuse(404, 'NotFound')
    const call = await expectRequest('POST', path)
    expect(sent(call)).toEqual({
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { namespace: 'home', name: 'lakeward' },
      spec: {
        holderIdentity: 'me',
        leaseDurationSeconds: 10,
        acquireTime: '2026-03-04T05:06:07.089000Z',
        renewTime: '2026-03-04T05:06:07.089000Z',
        leaseTransitions: 0,
      },
    })
    accept(call)
    const term = await candidate.terms.next()
    term.check()
    expect(candidate.lines).toEqual(['info leading'])
  })

  it.each([
    ['given back', { holderIdentity: '', leaseDurationSeconds: 1, leaseTransitions: 4 }],
    ['emptied', { holderIdentity: null, leaseTransitions: 4 }],
  ])('because it was %s is taken at once, on top of what others wrote there', async (_how, spec) => {
    const candidate = new Candidate()
    const labels = { app: 'x' }
    ;(await expectRequest('GET', one)).json(record(spec, { labels }))
    const call = await expectRequest('PUT', one)
    expect(sent(call).metadata).toEqual({
      name: 'lakeward',
      namespace: 'home',
      uid: 'u',
      resourceVersion: '7',
      labels,
    })
    expect(sent(call).spec).toMatchObject({
      holderIdentity: 'me',
      leaseTransitions: 5,
      leaseDurationSeconds: 10,
    })
    accept(call)
    await candidate.terms.next()
  })

  it('goes to whoever is faster', async () => {
    const candidate = new Candidate()
    ;(await expectRequest('GET', one)).refuse(404, 'NotFound')
    ;(await expectRequest('POST', path)).refuse(409, 'AlreadyExists')
    await showNext(ofOther)
    await clock.sleeping(look)
    expect(candidate.terms.waiting).toBe(0)
    expect(candidate.lines).toEqual(['info standing by: another process leads'])
  })

  it('is not led by when the answer came too late to be of use; it is found to be ours', async () => {
    const candidate = new Candidate()
    ;(await expectRequest('GET', one)).refuse(404, 'NotFound')
    const call = await expectRequest('POST', path)
    // The answer is there, the process is not: its request has no chance to time out before it is read.
    clock.stall(validity)
    accept(call)
    await showNext(record({ holderIdentity: 'me', leaseDurationSeconds: 10, leaseTransitions: 3 }))
    const again = await expectRequest('PUT', one)
    expect(sent(again).spec).toMatchObject({ holderIdentity: 'me', leaseTransitions: 3 })
    accept(again)
    await candidate.terms.next()
    expect(candidate.lines).toEqual(['info leading'])
  })
})

describe("another's lease", () => {
  it('is taken when its record has not changed for its own whole duration, whatever its times say', async () => {
    const candidate = new Candidate()
    ;(await expectRequest('GET', one)).json(ofOther)
    for (let looks = 1; looks <= 3; looks += 1) await showNext(ofOther)
    clock.jump(3_600_000)
    // 4 s are over 625 ms after the third of these looks.
    await clock.sleeping(4_000 - 3 * look)
    await clock.advance(4_000 - 3 * look - 1)
    expect(api.unanswered).toBe(0)
    await clock.advance(1)
    ;(await expectRequest('GET', one)).json(ofOther)
    const call = await expectRequest('PUT', one)
    expect(sent(call).spec).toMatchObject({
      holderIdentity: 'me',
      leaseDurationSeconds: 10,
      leaseTransitions: 1,
    })
    accept(call)
    await candidate.terms.next()
    expect(candidate.lines).toEqual(['info standing by: another process leads', 'info leading'])
  })

  it('is waited for anew with each renewal, even if the clock on the wall stands still there', async () => {
    const candidate = new Candidate()
    ;(await expectRequest('GET', one)).json(ofOther)
    for (let renewal = 1; renewal <= 8; renewal += 1) {
      const spec = { ...ofOther.spec, renewTime: `1970-01-01T00:00:00.00000${renewal}Z` }
      await showNext(record(spec, { resourceVersion: `${renewal}` }))
    }
    await clock.sleeping(look)
    expect(candidate.terms.waiting).toBe(0)
  })

  it('is not waited for longer because somebody labels it', async () => {
    const candidate = new Candidate()
    ;(await expectRequest('GET', one)).json(ofOther)
    for (let looks = 1; looks <= 3; looks += 1)
      await showNext(
        record(ofOther.spec, { resourceVersion: `${10 + looks}`, labels: { looks: `${looks}` } }),
      )
    await clock.sleeping(4_000 - 3 * look)
    await clock.advance(4_000 - 3 * look)
    ;(await expectRequest('GET', one)).json(record(ofOther.spec, { resourceVersion: '14' }))
    const call = await expectRequest('PUT', one)
    expect(sent(call).metadata.resourceVersion).toBe('14')
    accept(call)
    await candidate.terms.next()
  })

  it('that names no duration is waited for as long as our own', async () => {
    const candidate = new Candidate()
    const silent = record({ holderIdentity: 'other' })
    ;(await expectRequest('GET', one)).json(silent)
    for (let looks = 1; looks <= 8; looks += 1) await showNext(silent)
    await clock.sleeping(duration - 8 * look)
    await clock.advance(duration - 8 * look)
    ;(await expectRequest('GET', one)).json(silent)
    accept(await expectRequest('PUT', one))
    await candidate.terms.next()
  })

  it('that somebody deletes is free only when its holder must have noticed', async () => {
    const candidate = new Candidate()
    ;(await expectRequest('GET', one)).json(ofOther)
    for (let looks = 1; looks <= 4; looks += 1) {
      await clock.sleeping(look)
      await clock.advance(look)
      ;(await expectRequest('GET', one)).refuse(404, 'NotFound')
    }
    await clock.sleeping(4_000 - 3 * look)
    await clock.advance(4_000 - 3 * look)
    ;(await expectRequest('GET', one)).refuse(404, 'NotFound')
    accept(await expectRequest('POST', path))
    await candidate.terms.next()
  })

  it.each(['me', ''])(
    'that older data shows as held by "%s" is free only when its holder must have noticed',
    async (holderIdentity) => {
      const candidate = new Candidate()
      ;(await expectRequest('GET', one)).json(record({ ...ofOther.spec, leaseTransitions: 4 }))
      // The server was restored: so it was before the other's term, which goes on.
      const older = record({ ...ofOther.spec, holderIdentity, leaseTransitions: 3 }, { resourceVersion: '5' })
      for (let looks = 1; looks <= 4; looks += 1) await showNext(older)
      await clock.sleeping(4_000 - 3 * look)
      await clock.advance(4_000 - 3 * look)
      ;(await expectRequest('GET', one)).json(older)
      const call = await expectRequest('PUT', one)
      expect(sent(call).metadata.resourceVersion).toBe('5')
      accept(call)
      await candidate.terms.next()
      expect(candidate.lines).toHaveLength(3)
    },
  )

  it.each([
    { what: 'that was made anew since', holderIdentity: 'me', leaseTransitions: 4, uid: 'earlier' },
    { what: 'that was made anew since', holderIdentity: '', leaseTransitions: 9, uid: 'earlier' },
    { what: 'in another course of things', holderIdentity: 'me', leaseTransitions: 4, uid: 'u' },
  ])(
    'that older data shows, $what, as held by "$holderIdentity" is free only when its holder must have noticed',
    async ({ holderIdentity, leaseTransitions, uid }) => {
      const candidate = new Candidate()
      ;(await expectRequest('GET', one)).json(record({ ...ofOther.spec, leaseTransitions: 4 }))
      const restored = record({ ...ofOther.spec, holderIdentity, leaseTransitions }, { uid })
      for (let looks = 1; looks <= 4; looks += 1) await showNext(restored)
      await clock.sleeping(4_000 - 3 * look)
      expect(candidate.terms.waiting).toBe(0)
      await clock.advance(4_000 - 3 * look)
      ;(await expectRequest('GET', one)).json(restored)
      accept(await expectRequest('PUT', one))
      await candidate.terms.next()
    },
  )

  it('that older data shows as ours after it was deleted is free only when its holder must have noticed', async () => {
    const candidate = new Candidate()
    ;(await expectRequest('GET', one)).json(ofOther)
    await clock.sleeping(look)
    await clock.advance(look)
    ;(await expectRequest('GET', one)).refuse(404, 'NotFound')
    const restored = record({ ...ofOther.spec, holderIdentity: 'me' }, { resourceVersion: '5' })
    for (let looks = 1; looks <= 4; looks += 1) await showNext(restored)
    await clock.sleeping(4_000 - 3 * look)
    expect(candidate.terms.waiting).toBe(0)
  })

  it('is not taken by who stops', async () => {
    const candidate = new Candidate()
    ;(await expectRequest('GET', one)).json(ofOther)
    await clock.sleeping(look)
    candidate.stop()
    await candidate.ended
    expect(api.unanswered).toBe(0)
  })
})

describe('a holder', () => {
  it('renews after a fifth of the duration, on top of its own record', async () => {
    const { term } = await leader()
    for (let renewal = 1; renewal <= 5; renewal += 1) {
      await clock.sleeping(2_000)
      await clock.advance(2_000)
      const call = await expectRequest('PUT', one)
      expect(sent(call).metadata.resourceVersion).toBe(`${7 + renewal}`)
      expect(sent(call).spec).toMatchObject({
        holderIdentity: 'me',
        acquireTime: '2026-03-04T05:06:07.089000Z',
        renewTime: new Date(clock.now()).toISOString().replace('Z', '000Z'),
        leaseTransitions: 0,
      })
      accept(call, `${8 + renewal}`)
    }
    term.check()
  })

  it('counts its time from before the renewal was sent', async () => {
    const { candidate, term } = await leader()
    await clock.sleeping(2_000)
    await clock.advance(2_000)
    const call = await expectRequest('PUT', one)
    await clock.advance(1_000)
    accept(call, '9')
    await clock.sleeping(2_000)
    await clock.advance(2_000)
    // The next one is not answered, and the one after it neither.
    await expectRequest('PUT', one)
    await clock.advance(2_200)
    await expectRequest('PUT', one)
    await clock.advance(2_000 + validity - 7_200 - 1)
    term.check()
    await clock.advance(1)
    expect(term.signal.reason).toEqual(new LeaseLost('it could not be renewed in time'))
    await expectRequest('GET', one)
    expect(candidate.lines.at(-1)).toBe('warn lost the lease; the work stops until it is ours again')
  })

  it('tries again soon what failed, and says so once', async () => {
    const { candidate, term } = await leader()
    await clock.sleeping(2_000)
    await clock.advance(2_000)
    for (let tries = 1; tries <= 3; tries += 1) {
      ;(await expectRequest('PUT', one)).refuse(500, 'InternalError')
      await clock.sleeping(200)
      await clock.advance(200)
    }
    accept(await expectRequest('PUT', one), '9')
    await clock.sleeping(2_000)
    term.check()
    expect(candidate.lines.filter((line) => line.startsWith('warn'))).toEqual([
      'warn the lease could not be renewed; tried again',
    ])
  })

  it('comes back no sooner than the server asks', async () => {
    await leader()
    await clock.sleeping(2_000)
    await clock.advance(2_000)
    ;(await expectRequest('PUT', one)).refuse(429, 'TooManyRequests', { 'retry-after': '1' })
    await clock.sleeping(1_000)
    expect(api.unanswered).toBe(0)
    await clock.advance(1_000)
    accept(await expectRequest('PUT', one), '9')
  })

  it('gives a request that is not answered up in time for another', async () => {
    const { term } = await leader()
    await clock.sleeping(2_000)
    await clock.advance(2_000)
    const stuck = await expectRequest('PUT', one)
    await clock.advance(2_000)
    await stuck.closed
    await clock.sleeping(200)
    await clock.advance(200)
    accept(await expectRequest('PUT', one), '9')
    await clock.advance(validity - 4_200)
    term.check()
  })

  it('goes on when another hand wrote to its record', async () => {
    const { term } = await leader()
    await clock.sleeping(2_000)
    await clock.advance(2_000)
    const refused = await expectRequest('PUT', one)
    refused.refuse(409, 'Conflict')
    const { spec } = sent(refused)
    // What is judged is the record; its last writer was ourselves.
    const ours = { ...spec, renewTime: spec.acquireTime }
    const labelled = record(ours, { resourceVersion: '12', labels: { by: 'hand' } })
    ;(await expectRequest('GET', one)).json(labelled)
    const call = await expectRequest('PUT', one)
    expect(sent(call).metadata).toMatchObject({ resourceVersion: '12', labels: { by: 'hand' } })
    accept(call, '13')
    await clock.sleeping(2_000)
    term.check()
  })

  it('ends at once when another took the lease, and waits for it as for any other', async () => {
    const { candidate, term } = await leader()
    await clock.sleeping(2_000)
    await clock.advance(2_000)
    ;(await expectRequest('PUT', one)).refuse(409, 'Conflict')
    ;(await expectRequest('GET', one)).json(ofOther)
    ;(await expectRequest('GET', one)).json(ofOther)
    expect(term.signal.reason).toEqual(new LeaseLost('it was taken by other'))
    await clock.sleeping(look)
    expect(candidate.lines.slice(1)).toEqual([
      'warn lost the lease; the work stops until it is ours again',
      'info standing by: another process leads',
    ])
  })

  it('ends when older data shows the lease as another held it, and takes it again: who knew of us waits', async () => {
    const { candidate, term } = await refusedLeader()
    const older = record({ ...ofOther.spec, leaseTransitions: 4 }, { resourceVersion: '5' })
    ;(await expectRequest('GET', one)).json(older)
    ;(await expectRequest('GET', one)).json(older)
    expect(term.signal.reason).toEqual(new LeaseLost('it was taken by other'))
    accept(await expectRequest('PUT', one))
    ;(await candidate.terms.next()).check()
  })

  it('ends when the lease was deleted and another who never knew of us made it, and waits for that', async () => {
    const { term } = await refusedLeader()
    const made = record({ ...ofOther.spec, leaseTransitions: 0 }, { uid: 'another' })
    ;(await expectRequest('GET', one)).json(made)
    ;(await expectRequest('GET', one)).json(made)
    expect(term.signal.reason).toEqual(new LeaseLost('it was taken by other'))
    await clock.sleeping(look)
    expect(api.unanswered).toBe(0)
  })

  it.each([404, 409])(
    'ends when the lease was deleted (%d), and takes part again from the start',
    async (status) => {
      const { candidate, term } = await leader()
      await clock.sleeping(2_000)
      await clock.advance(2_000)
      ;(await expectRequest('PUT', one)).refuse(status, 'Gone')
      ;(await expectRequest('GET', one)).refuse(404, 'NotFound')
      ;(await expectRequest('GET', one)).refuse(404, 'NotFound')
      expect(term.signal.reason).toEqual(new LeaseLost('somebody deleted the Lease'))
      accept(await expectRequest('POST', path))
      const next = await candidate.terms.next()
      expect(next).not.toBe(term)
      next.check()
    },
  )

  it('that lost it while the API server was away leads again when that is back, in a term of its own', async () => {
    const { candidate, term } = await leader()
    await clock.advance(validity)
    expect(() => term.check()).toThrow(LeaseLost)
    for (let tries = 1; tries <= 2; tries += 1) await expectRequest('PUT', one)
    ;(await expectRequest('GET', one)).json(record({ holderIdentity: 'me', leaseDurationSeconds: 10 }))
    accept(await expectRequest('PUT', one))
    const next = await candidate.terms.next()
    next.check()
    expect(() => term.check()).toThrow(LeaseLost)
  })

  it('that was frozen past its time sends no renewal when it wakes', async () => {
    const { term } = await leader()
    await clock.sleeping(2_000)
    clock.stall(validity)
    await clock.advance(0)
    expect(() => term.check()).toThrow(LeaseLost)
    await expectRequest('GET', one)
  })
})

describe('a holder that stops', () => {
  it('renews as long as its work drains, and then lets others in at once', async () => {
    const { candidate, term } = await leader()
    const drained = Promise.withResolvers<void>()
    candidate.drain = () => drained.promise
    candidate.stop()
    await clock.sleeping(2_000)
    await clock.advance(2_000)
    accept(await expectRequest('PUT', one), '9')
    await clock.sleeping(2_000)
    term.check()
    drained.resolve()
    const call = await expectRequest('PUT', one)
    // Nothing of ours may come after it.
    expect(() => term.check()).toThrow('it was given back')
    expect(sent(call).spec).toMatchObject({ holderIdentity: '', leaseDurationSeconds: 1 })
    accept(call, '10')
    await candidate.ended
    expect(candidate.lines).toEqual(['info leading', 'info gave the lease back'])
    expect(clock.sleeps()).toEqual([])
  })

  it('gives back what it took at the last moment', async () => {
    const candidate = new Candidate()
    ;(await expectRequest('GET', one)).refuse(404, 'NotFound')
    const call = await expectRequest('POST', path)
    candidate.stop()
    accept(call)
    const last = await expectRequest('PUT', one)
    expect(sent(last).spec).toMatchObject({ holderIdentity: '' })
    accept(last)
    await candidate.ended
  })

  it('reads again when another hand wrote to its record', async () => {
    const { candidate } = await leader()
    candidate.stop()
    ;(await expectRequest('PUT', one)).refuse(409, 'Conflict')
    ;(await expectRequest('GET', one)).json(record({ holderIdentity: 'me' }, { resourceVersion: '12' }))
    const call = await expectRequest('PUT', one)
    expect(sent(call)).toMatchObject({ metadata: { resourceVersion: '12' }, spec: { holderIdentity: '' } })
    accept(call, '13')
    await candidate.ended
  })

  it('reads again for no longer than one request, whatever the API server asks for', async () => {
    const { candidate } = await leader()
    candidate.stop()
    ;(await expectRequest('PUT', one)).refuse(409, 'Conflict')
    ;(await expectRequest('GET', one)).refuse(503, 'ServiceUnavailable', { 'retry-after': '10' })
    await clock.sleeping(10_000)
    await clock.advance(2_000)
    await candidate.ended
    expect(candidate.lines.at(-1)).toBe('warn the lease was not given back; others wait until it has run out')
    expect(clock.sleeps()).toEqual([])
  })

  it('gives it back no longer than the lease lasts, whatever others write meanwhile', async () => {
    const { candidate } = await leader()
    candidate.stop()
    for (const version of ['11', '12', '13', '14', '15']) {
      const call = await expectRequest('PUT', one)
      await clock.advance(1_999)
      call.refuse(409, 'Conflict')
      const again = await expectRequest('GET', one)
      again.json(record({ holderIdentity: 'me' }, { resourceVersion: version }))
    }
    const last = await expectRequest('PUT', one)
    await clock.advance(5)
    await last.closed
    await candidate.ended
    expect(clock.sleeps()).toEqual([])
  })

  it('leaves the lease alone that another has taken', async () => {
    const { candidate } = await leader()
    candidate.stop()
    ;(await expectRequest('PUT', one)).refuse(409, 'Conflict')
    ;(await expectRequest('GET', one)).json(ofOther)
    await candidate.ended
    expect(api.unanswered).toBe(0)
  })

  it('ends also when it cannot give it back, and says what that means', async () => {
    const { candidate } = await leader()
    candidate.stop()
    ;(await expectRequest('PUT', one)).refuse(500, 'InternalError')
    await candidate.ended
    expect(candidate.lines.at(-1)).toBe('warn the lease was not given back; others wait until it has run out')
  })

  it('because its work failed gives it back too, and tells the failure', async () => {
    const { candidate, term } = await leader()
    candidate.drain = () => Promise.reject(new Error('a bug'))
    term.end(new LeaseLost('for the test'))
    await expect(candidate.ended).rejects.toThrow('a bug')
  })
})

describe('trouble on the way to the lease', () => {
  it('is told once, named, and tried again', async () => {
    const candidate = new Candidate()
    for (let tries = 1; tries <= 2; tries += 1) {
      ;(await expectRequest('GET', one)).refuse(403, 'Forbidden')
      await clock.sleeping(look)
      await clock.advance(look)
    }
    ;(await expectRequest('GET', one)).refuse(404, 'NotFound')
    accept(await expectRequest('POST', path))
    await candidate.terms.next()
    expect(candidate.lines).toEqual([
      'warn no right to the lease: bind the role lakeward-operator-lease in namespace home; tried again and again',
      'info leading',
    ])
  })

  it('lasts as long as the server asks', async () => {
    const candidate = new Candidate()
    ;(await expectRequest('GET', one)).refuse(404, 'NotFound')
    ;(await expectRequest('POST', path)).refuse(429, 'TooManyRequests', { 'retry-after': '5' })
    await clock.sleeping(5_000)
    candidate.stop()
    await candidate.ended
  })
})
