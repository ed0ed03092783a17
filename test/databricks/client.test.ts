import { Agent } from 'undici'
import { afterEach, describe, expect, it } from 'vitest'
import { Budgets } from '../../src/databricks/budgets.ts'
import { personalAccessToken } from '../../src/databricks/auth/personal-token.ts'
import type { Call } from '../../src/databricks/call.ts'
import { DatabricksError, provesNothingHappened } from '../../src/databricks/errors.ts'
import { mostAnswerBytes } from '../../src/databricks/exchange.ts'
import type { DatabricksOptions, SentRequest } from '../../src/databricks/client.ts'
import { route } from '../../src/databricks/path.ts'
import { silentLog } from '../../src/telemetry/log.ts'
import { freeBudgets } from './free-budgets.ts'
import { ManualClock } from '../manual-clock.ts'
import { clientFor, fakeHost, goodToken, reply, requestTimeout, type Reply } from './fake-host.ts'

const read: Call = { method: 'GET', path: '/api/2.2/jobs/get', query: { job_id: '7' }, effect: 'read' }
const create: Call = { method: 'POST', path: '/api/2.2/jobs/create', body: { name: 'n' }, effect: 'create' }
const remove: Call = {
  method: 'POST',
  path: '/api/2.2/jobs/delete',
  body: { job_id: 7n },
  effect: 'idempotent',
}

const unavailable = reply(503, { error_code: 'TEMPORARILY_UNAVAILABLE', message: 'later' })
const refused = reply(403, { error_code: 403, message: 'Invalid access token.' })
const silent: Reply = () => undefined
const hangUp: Reply = (response) => response.destroy()
const cutBody: Reply = (response) => {
  response.writeHead(200, { 'content-length': '100' })
  response.write('{"job_id":', () => response.destroy())
}

const endless: Reply = (response) => {
  const chunk = Buffer.alloc(1024 * 1024, ' ')
  const more = () => {
    while (!response.destroyed && response.write(chunk));
  }
  response.on('drain', more)
  more()
}
/** Repeats in its answer how the caller proved itself. */
const echo =
  (status: number, body: (words: string) => object | string): Reply =>
  (response, seen) =>
    reply(status, body(`you said ${seen.headers.authorization}`))(response, seen)
const onlyNewToken: Reply = (response, seen) =>
  (seen.headers.authorization === 'Bearer new-token' ? reply(200) : refused)(response, seen)

/** A Secret whose content changes, and how often it was read. */
function secret(...tokens: string[]) {
  let reads = 0
  const read = () => Promise.resolve(tokens[Math.min(reads++, tokens.length - 1)] ?? '')
  const source = personalAccessToken(read, { clock: new ManualClock(), maxAge: 60_000 })
  return { source, reads: () => reads }
}

const cleanups: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup()
})

async function given(replies: Reply[], changes: Partial<DatabricksOptions> = {}) {
  const host = await fakeHost(...replies)
  cleanups.push(() => host[Symbol.asyncDispose]())
  return { ...host, ...clientFor(host, changes) }
}

async function failure(promise: Promise<unknown>): Promise<DatabricksError> {
  const error: unknown = await promise.then(
    () => new Error('it did not fail'),
    (error: unknown) => error,
  )
  if (error instanceof DatabricksError) return error
  throw error
}

/** Until so many requests have arrived. */
async function arrived(seen: readonly unknown[], count: number): Promise<void> {
  while (seen.length < count) await new Promise(setImmediate)
}

describe('a call', () => {
  it('sends method, path, query, body and who we are', async () => {
    const { databricks, seen } = await given([reply(200)])
    const query = { 'filter_by.cluster_sources': ['API', 'UI'], name: 'a b&c', limit: 5, none: undefined }
    await databricks.call({ ...create, query })
    expect(seen[0]).toMatchObject({
      method: 'POST',
      url: '/api/2.2/jobs/create?filter_by.cluster_sources=API&filter_by.cluster_sources=UI&name=a%20b%26c&limit=5',
      body: '{"name":"n"}',
      headers: {
        authorization: `Bearer ${goodToken}`,
        accept: 'application/json',
        'content-type': 'application/json',
      },
    })
    expect(seen[0]?.headers['user-agent']).toMatch(
      /^lakeward\/\d+\.\d+\.\d+ undici\/8\.\S+ node\/24\.\S+ os\/linux auth\/pat$/,
    )
  })

  it('sends no body and no content type with a read', async () => {
    const { databricks, seen } = await given([reply(200)])
    await databricks.call(read)
    expect(seen[0]?.body).toBe('')
    expect(seen[0]?.headers['content-type']).toBeUndefined()
  })

  it('carries 64-bit ids both ways without loss', async () => {
    const { databricks, seen } = await given([reply(200, '{"job_id":9223372036854775807}')])
    const answer = await databricks.call({ ...remove, body: { job_id: 9223372036854775807n } })
    expect(seen[0]?.body).toBe('{"job_id":9223372036854775807}')
    expect(answer['job_id']).toBe(9223372036854775807n)
  })

  it('takes the last of several heads for the answer', async () => {
    const { databricks } = await given([
      (response) => {
        response.writeEarlyHints({ link: '</style.css>; rel=preload' }, () =>
          response.writeHead(200).end('{"ok":true}'),
        )
      },
    ])
    expect(await databricks.call(read)).toEqual({ ok: true })
  })

  it.each([[''], [' \n'], ['{}']])('takes %j as an empty object', async (text) => {
    const { databricks } = await given([reply(200, text)])
    expect(await databricks.call(remove)).toEqual({})
  })

  it('learns the workspace id from any answer, and keeps it when the next one has none or nonsense', async () => {
    const { databricks } = await given([
      reply(404, { error_code: 'ENDPOINT_NOT_FOUND' }, { 'x-databricks-org-id': '7405611111111111' }),
      reply(200),
      reply(200, {}, { 'x-databricks-org-id': 'not a number' }),
    ])
    expect(databricks.workspaceId()).toBeUndefined()
    await failure(databricks.call(read))
    await databricks.call(read)
    await databricks.call(read)
    expect(databricks.workspaceId()).toBe('7405611111111111')
  })
})

describe('every request', () => {
  it('is counted in the workspace in whose budget it is, not in any that a host makes up', async () => {
    const told: string[] = []
    const allowance = freeBudgets().at('')
    const { databricks } = await given(
      ['7', '8'].map((id) => reply(200, {}, { 'x-databricks-org-id': id })),
      {
        onRequest: ({ workspace }) => told.push(workspace),
        budgets: { at: () => ({ ...allowance, leadsTo: () => '7' }) },
      },
    )
    await databricks.call(read)
    await databricks.call(read)
    expect(told).toEqual(['7', '7'])
    expect(databricks.workspaceId()).toBe('8')
  })

  it('is told to those who count, whatever became of it', async () => {
    const told: SentRequest[] = []
    const { databricks, clock } = await given(
      [
        reply(429, { error_code: 'REQUEST_LIMIT_EXCEEDED' }, { 'x-databricks-org-id': '7' }),
        reply(200),
        hangUp,
        silent,
      ],
      { onRequest: (request) => told.push(request) },
    )
    const answer = databricks.call({ ...read, ...route`/api/2.0/permissions/jobs/${'9'}` })
    await clock.sleeping(750)
    await clock.advance(750)
    await answer
    await failure(databricks.call(create))
    const stop = new AbortController()
    const aborted = databricks.call({ ...create, signal: stop.signal })
    await clock.advance(0)
    stop.abort(new Error('enough'))
    await expect(aborted).rejects.toThrow('enough')
    const permissions = 'GET /api/2.0/permissions/jobs/{name}'
    expect(told.map(({ call, outcome, workspace }) => [call, outcome, workspace])).toEqual([
      [permissions, 'Throttled', '7'],
      [permissions, 'Success', '7'],
      ['POST /api/2.2/jobs/create', 'Unavailable', '7'],
      ['POST /api/2.2/jobs/create', 'Aborted', '7'],
    ])
  })
})

describe('an answer that is no answer', () => {
  it('never follows a redirect and shows only where it goes', async () => {
    const other = await given([reply(200)])
    const { databricks, seen } = await given([
      reply(302, '', { location: `${other.host}/login.html?state=secret` }),
    ])
    const error = await failure(databricks.call(read))
    expect(error).toMatchObject({ kind: 'Unknown', status: 302, code: 'REDIRECT', answered: false })
    expect(error.message).toContain(new URL(other.host).host)
    expect(error.message).not.toContain('secret')
    expect([seen.length, other.seen.length]).toEqual([1, 0])
  })

  it('says when only the private link is open', async () => {
    const location = '/login.html?error=private-link-validation-error:1'
    const { databricks } = await given([reply(303, '', { location })])
    const error = await failure(databricks.call(read))
    expect(error).toMatchObject({ kind: 'Forbidden', code: 'PRIVATE_LINK_VALIDATION_ERROR' })
  })

  it.each([
    ['a web page', '<!DOCTYPE html><html><body>Sign in</body></html>', 'NOT_AN_API'],
    ['a list', '[1]', 'NOT_JSON'],
    ['half an object', '{"job_id": 7', 'NOT_JSON'],
    ['a bottomless list', '['.repeat(200_000), 'NOT_JSON'],
  ])('refuses %s under status 200', async (_name, text, code) => {
    const { databricks } = await given([reply(200, text)])
    const error = await failure(databricks.call(create))
    expect(error).toMatchObject({ kind: 'Unknown', code, answered: false })
    expect(provesNothingHappened(error)).toBe(false)
  })

  it('stops reading an answer that is too large', async () => {
    const { databricks, seen } = await given([endless])
    const error = await failure(databricks.call(read))
    expect(error).toMatchObject({ kind: 'Unknown', status: 200, code: 'ANSWER_TOO_LARGE' })
    expect(error.message).toContain(`${mostAnswerBytes / 1024 / 1024} MiB`)
    expect(seen.length).toBe(1)
  })

  it('never repeats the token that the server echoes', async () => {
    const { databricks } = await given([
      echo(200, (words) => words),
      echo(400, (message) => ({ error_code: 'BAD_REQUEST', message })),
    ])
    for (const error of [await failure(databricks.call(read)), await failure(databricks.call(read))]) {
      expect(error.message).toContain('you said')
      expect(`${error.message} ${error.stack} ${JSON.stringify(error)}`).not.toContain(goodToken)
    }
  })
})

describe('trying again', () => {
  it.each([
    ['a read', read],
    ['an idempotent call', remove],
  ])('sends %s again after an outage, with growing waits', async (_name, call) => {
    const { databricks, clock, seen } = await given([unavailable, unavailable, reply(200, { ok: true })])
    const answer = databricks.call(call)
    await clock.sleeping(750)
    await clock.advance(750)
    await clock.sleeping(1_500)
    await clock.advance(1_500)
    expect(await answer).toEqual({ ok: true })
    expect(seen.length).toBe(3)
  })

  it.each([
    ['after an outage', unavailable, false],
    ['after a refusal', reply(429, { error_code: 'REQUEST_LIMIT_EXCEEDED', message: 'slow down' }), true],
  ])('proves that nothing happened only if each try does: %s', async (_when, first, proves) => {
    const { databricks, clock } = await given([first, reply(400, { error_code: 'INVALID', message: 'no' })])
    const error = failure(databricks.call(remove))
    await clock.sleeping(750)
    await clock.advance(750)
    expect(await error).toMatchObject({ kind: 'Invalid', status: 400, serverMessage: 'no' })
    expect(provesNothingHappened(await error)).toBe(proves)
  })

  it('gives up after the third try', async () => {
    const { databricks, clock, seen } = await given([unavailable])
    const error = failure(databricks.call(read))
    await clock.sleeping(750)
    await clock.advance(750)
    await clock.sleeping(1_500)
    await clock.advance(1_500)
    expect((await error).kind).toBe('Unavailable')
    expect(seen.length).toBe(3)
  })

  it.each([
    ['a connection that breaks', hangUp],
    ['a body that is cut', cutBody],
  ])('counts %s as an outage', async (_name, broken) => {
    const { databricks, clock, seen } = await given([broken, reply(200, { ok: true })])
    const answer = databricks.call(read)
    await clock.sleeping(750)
    await clock.advance(750)
    expect(await answer).toEqual({ ok: true })
    expect(seen.length).toBe(2)
  })

  it('waits as long as the server says, plus a spread', async () => {
    const { databricks, clock, seen } = await given([reply(429, {}, { 'retry-after': '60' }), reply(200)])
    const answer = databricks.call(read)
    await clock.sleeping(60_250)
    await clock.advance(60_249)
    expect(seen.length).toBe(1)
    await clock.advance(1)
    expect(await answer).toEqual({})
  })

  it('hands a longer wait to the caller', async () => {
    const { databricks, seen } = await given([reply(429, {}, { 'retry-after': '61' })])
    expect(await failure(databricks.call(read))).toMatchObject({ kind: 'Throttled', retryAfter: 61_000 })
    expect(seen.length).toBe(1)
  })

  it.each([
    ['an outage', unavailable, false],
    ['throttling', reply(429, { error_code: 'REQUEST_LIMIT_EXCEEDED' }), true],
    ['a broken connection', hangUp, false],
    ['a cut body', cutBody, false],
  ])('never sends a create again after %s', async (_name, bad, proof) => {
    const { databricks, seen } = await given([bad])
    const error = await failure(databricks.call(create))
    expect(provesNothingHappened(error)).toBe(proof)
    expect(seen.length).toBe(1)
  })

  it('names the host that cannot be reached', async () => {
    const gone = await fakeHost(reply(200))
    await gone[Symbol.asyncDispose]()
    const { databricks } = await given([reply(200)], { host: gone.host })
    const error = await failure(databricks.call(create))
    expect(error).toMatchObject({ kind: 'Unavailable', status: 0, code: 'ECONNREFUSED', answered: false })
    expect(error.message).toContain(new URL(gone.host).host)
  })
})

describe('time', () => {
  it.each([
    ['the headers', silent],
    [
      'the rest of the body',
      ((response) => {
        response.writeHead(200)
        response.write('{"job')
      }) satisfies Reply,
    ],
  ])('ends a request that waits for %s', async (_name, slow) => {
    const { databricks, clock, seen } = await given([slow])
    const error = failure(databricks.call(create))
    while (seen.length === 0) await clock.advance(0)
    await clock.advance(requestTimeout - 1)
    await clock.advance(1)
    expect(await error).toMatchObject({ kind: 'Unavailable', code: 'TIMEOUT', answered: false })
    expect((await error).message).toBe('POST /api/2.2/jobs/create: TIMEOUT: no complete answer within 1m')
  })

  it('ends at once for whoever still waits for a connection, and then nothing is sent any more', async () => {
    const { seen, host } = await given([silent])
    const dispatcher = new Agent({ connections: 1 })
    cleanups.push(() => dispatcher.destroy())
    const { databricks, clock } = clientFor({ host, dispatcher })
    const [first, second] = [new AbortController(), new AbortController()]
    const hangs = databricks.call({ ...read, signal: first.signal }).catch((error: unknown) => error)
    while (seen.length === 0) await clock.advance(0)
    const waits = databricks.call({ ...create, signal: second.signal }).catch((error: unknown) => error)
    await clock.advance(0)
    second.abort(new Error('enough'))
    expect(await waits).toEqual(new Error('enough'))
    first.abort(new Error('the end'))
    await hangs
    const last = new AbortController()
    const next = databricks.call({ ...remove, signal: last.signal }).catch((error: unknown) => error)
    await arrived(seen, 2)
    last.abort()
    await next
    expect(seen.map(({ url }) => url.split('?')[0])).toEqual(['/api/2.2/jobs/get', '/api/2.2/jobs/delete'])
  })

  it('leaves no timer behind', async () => {
    const { databricks, clock } = await given([reply(200)])
    await databricks.call(read)
    expect(clock.sleeps()).toEqual([])
  })

  it.each([
    ['the caller', (signal: AbortSignal) => ({ call: { ...read, signal }, options: {} })],
    ['the program', (signal: AbortSignal) => ({ call: read, options: { signal } })],
  ])('ends at once when %s gives up, in a request or in a wait', async (_name, place) => {
    for (const busy of [silent, unavailable]) {
      const stop = new AbortController()
      const { call, options } = place(stop.signal)
      const { databricks, clock, seen } = await given([busy], options)
      const answer = databricks.call(call).catch((error: unknown) => error)
      while (seen.length === 0) await clock.advance(0)
      if (busy === unavailable) await clock.sleeping(750)
      stop.abort(new Error('shutting down'))
      expect(await answer).toEqual(new Error('shutting down'))
      expect(clock.sleeps()).toEqual([])
    }
  })

  it('sends nothing when the caller had given up before', async () => {
    const { databricks, seen } = await given([reply(200)], { signal: AbortSignal.abort(new Error('over')) })
    await expect(databricks.call(create)).rejects.toThrow('over')
    expect(seen.length).toBe(0)
  })
})

/** A client with a true budget of ten requests a second, its clock, and what arrived. */
async function budgeted(replies: Reply[], changes: Partial<DatabricksOptions> = {}) {
  const clock = new ManualClock()
  const budgets = new Budgets({ clock, log: silentLog, signal: new AbortController().signal })
  return { budgets, ...(await given(replies, { clock, budgets, ...changes })), clock }
}

describe('the budget', () => {
  it('lets a call wait for its turn, and the wait does not count against its time', async () => {
    const { databricks, clock, seen } = await budgeted([silent])
    void databricks.call(read).catch(() => undefined)
    const second = failure(databricks.call(create))
    await clock.advance(199)
    await arrived(seen, 1)
    await clock.advance(1)
    await arrived(seen, 2)
    await clock.advance(requestTimeout - 1)
    expect(clock.sleeps()).toContain(1)
    await clock.advance(1)
    expect((await second).code).toBe('TIMEOUT')
  })

  it('takes calls in the order of their lanes', async () => {
    const { databricks, clock, seen } = await budgeted([reply(200)])
    const calls = (['background', 'sweep', undefined, 'edit', 'dependency', 'retry'] as const).map(
      (lane, index) => databricks.call({ ...read, path: `/${index}-${lane}`, ...(lane && { lane }) }),
    )
    for (let count = 1; count <= calls.length; count++) {
      await clock.advance(200)
      await arrived(seen, count)
    }
    await Promise.all(calls)
    expect(seen.map(({ url }) => url.replace(/[?].*/, ''))).toEqual([
      '/3-edit',
      '/5-retry',
      '/4-dependency',
      '/1-sweep',
      '/0-background',
      '/2-undefined',
    ])
  })

  it.each([create, remove])('lets a write wait no longer than it may take itself: $path', async (call) => {
    const { databricks, clock, seen, budgets, host } = await budgeted([reply(200)])
    const signal = new AbortController().signal
    const turn = budgets.at(host).turn({ lane: 'edit', signal })
    await clock.advance(100)
    const permit = await turn
    if (permit.is !== 'Permit') throw new Error('no turn')
    permit.refused(requestTimeout)
    const error = failure(databricks.call(call))
    const answer = databricks.call(read)
    await clock.advance(30_000)
    permit.refused(requestTimeout)
    await clock.advance(30_000)
    expect(await error).toMatchObject({ kind: 'Throttled', code: 'NOT_SENT', status: 0, sent: false })
    expect(provesNothingHappened(await error)).toBe(true)
    // A read has all the time in the world.
    await clock.advance(31_000)
    expect(await answer).toEqual({})
    expect(seen.map(({ method }) => method)).toEqual(['GET'])
  })

  it('counts tries and renewals, too', async () => {
    const { source } = secret('old-token', 'new-token')
    const { databricks, clock, seen, budgets } = await budgeted([unavailable, onlyNewToken], {
      credentials: source,
    })
    const answer = databricks.call(read)
    await clock.advance(100)
    await clock.sleeping(750)
    await clock.advance(750)
    expect(await answer).toEqual({})
    expect(seen).toHaveLength(3)
    // Five had come in by then, and two went.
    expect(budgets.standings()[0]?.available).toBe(3)
  })

  it('stops everybody after a 429, whichever client got it', async () => {
    const { databricks, clock, seen, host, dispatcher, budgets } = await budgeted([
      reply(429, {}, { 'retry-after': '30' }),
      reply(200),
    ])
    const other = clientFor({ host, dispatcher }, { clock, budgets }).databricks
    const first = databricks.call(read)
    await clock.advance(100)
    await clock.sleeping(30_250)
    const second = other.call(read)
    await clock.advance(30_000)
    expect(seen).toHaveLength(1)
    await clock.advance(200)
    expect(await second).toEqual({})
    await clock.advance(200)
    expect(await first).toEqual({})
  })

  it('sends a call away at once when everybody has to wait for long', async () => {
    const { databricks, clock, seen } = await budgeted([reply(429, {}, { 'retry-after': '600' })])
    const refusal = failure(databricks.call(read))
    await clock.advance(100)
    await refusal
    expect(await failure(databricks.call(read))).toMatchObject({
      kind: 'Throttled',
      code: 'NOT_SENT',
      retryAfter: 600_000,
    })
    expect(seen).toHaveLength(1)
  })

  it.each(['caller', 'program'])('lets the %s end the wait', async (who) => {
    const stop = new AbortController()
    const { signal } = stop
    const { databricks, clock, seen } = await budgeted([reply(200)], who === 'program' ? { signal } : {})
    const calls = [read, create].map((call) =>
      databricks.call(who === 'caller' ? { ...call, signal } : call).catch((error: unknown) => error),
    )
    await clock.advance(50)
    stop.abort(new Error('shutting down'))
    expect(await Promise.all(calls)).toEqual([new Error('shutting down'), new Error('shutting down')])
    expect([seen.length, clock.sleeps()]).toEqual([0, []])
  })
})

describe('credentials', () => {
  it('reads a refused token again and repeats the call once with the new one', async () => {
    const { source, reads } = secret('old-token', 'new-token')
    const { databricks, seen } = await given([refused, reply(200, { job_id: 1 })], { credentials: source })
    expect(await databricks.call(create)).toEqual({ job_id: 1 })
    expect(seen.map(({ headers }) => headers.authorization)).toEqual(['Bearer old-token', 'Bearer new-token'])
    expect(reads()).toBe(2)
  })

  it('does not send the same refused token again', async () => {
    const { source } = secret('bad-token')
    const { databricks, seen } = await given([refused], { credentials: source })
    expect((await failure(databricks.call(read))).kind).toBe('Unauthenticated')
    expect(seen.length).toBe(1)
  })

  it('stops after the second refusal', async () => {
    const { source } = secret('one', 'two', 'three')
    const { databricks, seen } = await given([refused], { credentials: source })
    expect((await failure(databricks.call(read))).kind).toBe('Unauthenticated')
    expect(seen.length).toBe(2)
  })

  it('reads once for many calls that are refused together', async () => {
    const { source, reads } = secret('old-token', 'new-token')
    const { databricks } = await given([onlyNewToken], { credentials: source })
    await Promise.all(Array.from({ length: 10 }, () => databricks.call(read)))
    expect(reads()).toBe(2)
  })

  it('does not repeat a create that something else than Databricks refused', async () => {
    const { source } = secret('old-token', 'new-token')
    const { databricks, seen } = await given([reply(401, '<html></html>')], { credentials: source })
    expect((await failure(databricks.call(create))).kind).toBe('Unauthenticated')
    expect(seen.length).toBe(1)
  })

  it('lets what reading the token reported through, and sends nothing', async () => {
    const source = personalAccessToken(() => Promise.reject(new Error('Secret databricks not found')), {
      clock: new ManualClock(),
      maxAge: 60_000,
    })
    const { databricks, seen } = await given([reply(200)], { credentials: source })
    await expect(databricks.call(read)).rejects.toThrow('Secret databricks not found')
    expect(seen.length).toBe(0)
  })
})
