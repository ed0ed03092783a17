import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { Agent, request } from 'undici'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { authorityAndServer } from '../certificates.ts'
import { until } from '../scenario/until.ts'
import { askedIn } from './exchange.ts'
import { KubeProxy } from './proxy.ts'

/** Something over TLS that notes what reaches it; a watch is given the lines that a test sends. */
class Upstream {
  readonly heard: string[] = []
  readonly certificate: string
  readonly #server: Server
  #watch = Promise.withResolvers<(line: string) => void>()

  constructor() {
    const { authority, server } = authorityAndServer('127.0.0.1')
    this.certificate = authority
    this.#server = createServer({ key: server.key, cert: server.certificate }, (asked, answer) => {
      void this.#answer(asked, answer)
    })
  }
  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
    return `https://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  async say(line: string): Promise<void> {
    const say = await this.#watch.promise
    say(line)
  }

  async #answer(asked: IncomingMessage, answer: ServerResponse): Promise<void> {
    this.heard.push(`${asked.method} ${asked.url} ${await text(asked)}`.trim())
    if (asked.url?.includes('watch') !== true) return void answer.end('{"items":[]}')
    answer.writeHead(200)
    answer.flushHeaders()
    this.#watch.resolve((line) => void answer.write(`${line}\n`))
  }

  stop(): void {
    this.#server.closeAllConnections()
    this.#server.close()
  }
}

const jobs = '/apis/lakeward.dev/v1beta1/namespaces/a/jobspecs'
const event = (name: string) => JSON.stringify({ type: 'ADDED', object: { metadata: { name } } })

let upstream: Upstream
let proxy: KubeProxy
let client: Agent

beforeEach(async () => {
  upstream = new Upstream()
  proxy = await KubeProxy.to({ url: await upstream.start(), certificate: upstream.certificate })
  client = new Agent({ connect: { ca: proxy.certificate } })
})

afterEach(async () => {
  await client.destroy()
  await proxy[Symbol.asyncDispose]()
  upstream.stop()
})

const ask = (method: 'GET' | 'PATCH', path: string, options: { body?: string; signal?: AbortSignal } = {}) =>
  request(proxy.url + path, { method, dispatcher: client, ...options })

/** The lines of a watch one by one. */
async function watch(): Promise<(signal?: AbortSignal) => Promise<string>> {
  const { body } = await ask('GET', `${jobs}?watch=1`)
  const chunks = body[Symbol.asyncIterator]()
  let read = ''
  return async () => {
    while (!read.includes('\n')) {
      const { value, done } = await chunks.next()
      if (done === true) return 'the end'
      read += String(value)
    }
    const line = read.slice(0, read.indexOf('\n'))
    read = read.slice(line.length + 1)
    return line
  }
}

describe('a request', () => {
  it('is passed on and written down', async () => {
    const { statusCode, body } = await ask('PATCH', `${jobs}/nightly/status?force=true`, { body: '{}' })
    expect([statusCode, await body.text()]).toEqual([200, '{"items":[]}'])
    expect(upstream.heard).toEqual([`PATCH ${jobs}/nightly/status?force=true {}`])
    expect(proxy.exchanges).toMatchObject([
      {
        verb: 'patch',
        resource: 'jobspecs',
        namespace: 'a',
        name: 'nightly',
        subresource: 'status',
        status: 200,
      },
    ])
  })

  it.for([
    ['/api/v1/namespaces', { verb: 'list', resource: 'namespaces' }],
    ['/api/v1/namespaces/a', { verb: 'get', resource: 'namespaces', name: 'a' }],
    ['/api/v1/namespaces/a/secrets/s', { verb: 'get', resource: 'secrets', namespace: 'a', name: 's' }],
    [`${jobs}?watch=1&resourceVersion=7`, { verb: 'watch', resource: 'jobspecs', namespace: 'a' }],
  ] as const)('%s is named as the audit log names it', ([url, named]) => {
    expect(askedIn('GET', url)).toEqual({ method: 'GET', url, ...named })
  })

  it('that is answered here never reaches the server, and only as often as was ordered', async () => {
    const headers = { 'retry-after': '2' }
    proxy.order({
      on: { verb: 'list', resource: 'jobspecs' },
      fault: { is: 'Answered', status: 429, headers },
      after: 1,
      times: 2,
    })
    expect((await ask('GET', jobs)).statusCode).toBe(200)
    for (let time = 1; time <= 2; time += 1) {
      const answer = await ask('GET', jobs)
      expect([answer.statusCode, answer.headers['retry-after']]).toEqual([429, '2'])
      await answer.body.dump()
    }
    expect(upstream.heard).toHaveLength(1)
    expect((await ask('GET', jobs)).statusCode).toBe(200)
    expect(proxy.clear()).toEqual([])
  })

  it.for([
    ['BeforeServer', 0],
    ['AfterServer', 1],
    ['InBody', 1],
  ] as const)('is cut %s', async ([when, heard]) => {
    proxy.order({ on: { verb: 'list' }, fault: { is: 'Cut', when } })
    const whole = ask('GET', jobs).then(({ body }) => body.text())
    await expect(whole).rejects.toThrow(/closed|terminated|aborted|reset/)
    expect(upstream.heard).toHaveLength(heard)
  })

  it.for(['BeforeServer', 'AfterServer', 'InBody'] as const)(
    'stalls %s until its sender gives up',
    async (when) => {
      proxy.order({ on: { verb: 'list' }, fault: { is: 'Stalled', when } })
      const whole = ask('GET', jobs, { signal: AbortSignal.timeout(200) }).then(({ body }) => body.text())
      await expect(whole).rejects.toThrow('timeout')
      expect(proxy.exchanges[0]?.fault).toBe('Stalled list')
    },
  )

  it('is delayed', async () => {
    proxy.order({ on: {}, fault: { is: 'Delayed', milliseconds: 60 } })
    const began = performance.now()
    expect((await ask('GET', jobs)).statusCode).toBe(200)
    expect(performance.now() - began).toBeGreaterThan(50)
  })

  it('that never came leaves its order to be told', async () => {
    proxy.order({
      on: { verb: 'patch', resource: 'jobspecs', name: 'x' },
      fault: { is: 'Cut', when: 'InBody' },
    })
    await (await ask('GET', jobs)).body.dump()
    expect(proxy.clear()).toEqual(['Cut patch jobspecs x (happened 0 times)'])
  })

  it('is refused while the server is away', async () => {
    proxy.goAway()
    await expect(ask('GET', jobs)).rejects.toThrow()
    expect(upstream.heard).toEqual([])
    proxy.comeBack()
    expect((await ask('GET', jobs)).statusCode).toBe(200)
  })
})

describe('a line of an open watch', () => {
  it('is passed on', async () => {
    const next = await watch()
    await upstream.say(event('x'))
    expect(await next()).toBe(event('x'))
  })

  it('that tells of an error is written down', async () => {
    const next = await watch()
    const line = JSON.stringify({ type: 'ERROR', object: { kind: 'Status', code: 410 } })
    await upstream.say(line)
    expect(await next()).toBe(line)
    expect(proxy.exchanges).toMatchObject([{ verb: 'watch', status: 200, error: 410 }])
  })

  it('is cut in its midst, and only that of the object that was meant', async () => {
    const next = await watch()
    proxy.orderLine({ on: { resource: 'jobspecs', name: 'y' }, fault: { is: 'LineCut' } })
    await upstream.say(event('x'))
    expect(await next()).toBe(event('x'))
    await upstream.say(event('y'))
    await expect(next()).rejects.toThrow(/closed|terminated|aborted|reset/)
    expect(proxy.clear()).toEqual([])
  })

  it('is replaced, or preceded by another', async () => {
    const next = await watch()
    proxy.orderLine({ on: { name: 'x' }, fault: { is: 'LineReplaced', by: '{"type":"ADD' } })
    proxy.orderLine({ on: { name: 'y' }, fault: { is: 'LinePreceded', by: '{}' } })
    await upstream.say(event('x'))
    await upstream.say(event('y'))
    expect([await next(), await next(), await next()]).toEqual(['{"type":"ADD', '{}', event('y')])
  })

  it('is held with all that follow, until they are let go', async () => {
    const next = await watch()
    proxy.orderLine({ on: { name: 'x' }, fault: { is: 'LineHeld' } })
    await upstream.say(event('x'))
    await upstream.say(event('y'))
    await until('both are held', () => proxy.heldLines === 2)
    proxy.release()
    expect([await next(), await next()]).toEqual([event('x'), event('y')])
  })

  it('stalls for ever, with all that follow', async () => {
    const next = await watch()
    proxy.orderLine({ on: { name: 'x' }, fault: { is: 'LineStalled' } })
    await upstream.say(event('x'))
    await upstream.say(event('y'))
    const silence = Symbol('silence')
    expect(await Promise.race([next(), untilHeard().then(() => silence)])).toBe(silence)
  })
})

/** Another request has gone all the way meanwhile. */
const untilHeard = async () => (await ask('GET', jobs)).body.dump()
