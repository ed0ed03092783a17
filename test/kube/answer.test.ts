import { gzipSync } from 'node:zlib'
import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { readAnswer, type Answer, type Asked } from '../../src/kube/answer.ts'
import { KubeError } from '../../src/kube/kube-error.ts'

const token = 'tok-4711-hush'
const server = 'https://api.example:6443'
const asked: Asked = { call: 'GET /x', server, credential: 'the kubeconfig F', secrets: [token] }
const now = Date.parse('2026-01-01T00:00:00Z')

function errorOf(answer: Partial<Answer>): KubeError {
  const whole = { status: 200, retryAfter: undefined, location: undefined, encoding: undefined, text: '' }
  try {
    readAnswer(asked, { ...whole, ...answer }, now)
  } catch (error) {
    if (error instanceof KubeError) return error
    throw error
  }
  return expect.unreachable('it should be an error')
}

const status = (fields: object) =>
  JSON.stringify({ kind: 'Status', code: 409, reason: 'Conflict', ...fields })
const page = `<!DOCTYPE html><pre>you sent Bearer ${token}</pre>`
const check = `: check the address ${server} and any proxy in between`

describe('an answer that is not Kubernetes’', () => {
  it.each<[string, Partial<Answer>, string]>([
    ['a web page', { text: page }, `not Kubernetes' answer but a web page${check}`],
    ['nothing', { text: ' \n' }, `not Kubernetes' answer but nothing${check}`],
    ['no object', { text: '[1]' }, `not Kubernetes' answer but [1]${check}`],
    ['torn JSON', { text: `{"a": "${token}` }, `not Kubernetes' answer but {"a": "[redacted]${check}`],
    [
      'a list without end',
      { text: '['.repeat(9_000) },
      `not Kubernetes' answer but ${'['.repeat(300)}${check}`,
    ],
    [
      'a redirect',
      { status: 302, location: `https://login.example/?token=${token}` },
      `not Kubernetes' answer but a redirect to login.example, which is never followed${check}`,
    ],
    [
      'a redirect to nowhere',
      { status: 307, location: '//' },
      `not Kubernetes' answer but a redirect to nowhere, which is never followed${check}`,
    ],
    [
      'packed',
      { encoding: 'gzip', text: gzipSync('{}').toString() },
      `not Kubernetes' answer but the encoding "gzip", which nobody asked for${check}`,
    ],
  ])('is said to be so when it is %s', (_what, answer, message) => {
    const error = errorOf(answer)
    expect(error.message).toBe(`GET /x: ${message}`)
    expect(error.reason).toBe('Malformed')
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain(token)
  })
})

describe('a refusal', () => {
  it.each<[string, Partial<Answer>, string]>([
    ['a Status', { status: 409, text: status({ message: 'it was changed' }) }, 'it was changed'],
    ['a Status without words', { status: 409, text: status({ message: 7 }) }, 'Conflict'],
    ['a page', { status: 502, text: page }, 'HTTP 502 a web page'],
    ['plain text', { status: 404, text: '404 page not found\n' }, 'HTTP 404 404 page not found'],
    ['nothing', { status: 503 }, 'HTTP 503'],
    ['foreign JSON', { status: 400, text: '{"error":"no"}' }, 'HTTP 400 {"error":"no"}'],
    ['an echo', { status: 400, text: `Bearer ${token}` }, 'HTTP 400 Bearer [redacted]'],
    [
      'an echo of ours',
      { status: 409, text: status({ message: `${token}\n\u001b[31m` }) },
      '[redacted] [31m',
    ],
    [
      'a proxy’s question',
      { status: 407, text: page },
      'HTTP 407 a web page: a proxy on the way wants to know who we are; give the proxy-url a user',
    ],
    [
      'no thanks for our credential',
      { status: 401, text: status({ reason: 'Unauthorized', message: 'Unauthorized' }) },
      `Unauthorized: ${server} does not take the credential of the kubeconfig F`,
    ],
  ])('in the form of %s keeps its words, in one line and without a secret', (_what, answer, message) => {
    const error = errorOf(answer)
    expect(error.message).toBe(`GET /x: ${message}`)
    expect(error.status).toBe(answer.status)
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain(token)
  })

  it('has only such details as callers can rely on', () => {
    const details = { name: 'x', kind: 7, causes: [{ field: 'a', message: token, more: 1 }, 7], uid: 'u' }
    expect(errorOf({ status: 422, text: status({ details }) }).details).toEqual({
      name: 'x',
      causes: [{ field: 'a', message: '[redacted]' }],
    })
    expect(errorOf({ status: 422, text: status({ details: { causes: 'none' } }) }).details).toEqual({})
  })
})

describe('a wish to be left alone', () => {
  it.each<[string, number | undefined]>([
    ['7', 7],
    ['0', 0],
    [new Date(now + 60_000).toUTCString(), 60],
    [new Date(now - 60_000).toUTCString(), 0],
    // A wait that no timer holds would be no wait at all.
    ['999999999999999999999', 300],
    ['Wed, 21 Oct 2099 07:28:00 GMT', 300],
    ['-5', undefined],
    ['1e3', undefined],
    ['soon', undefined],
    ['', undefined],
  ])('%s is understood as %s s', (retryAfter, seconds) => {
    expect(errorOf({ status: 503, retryAfter }).retryAfterSeconds).toBe(seconds)
  })

  it.each<[unknown, number | undefined]>([
    [3, 3],
    [-3, 0],
    [1e300, 300],
    ['3', undefined],
  ])('may stand in the Status, too: %s', (retryAfterSeconds, seconds) => {
    const text = status({ details: { retryAfterSeconds } })
    expect(errorOf({ status: 429, text }).retryAfterSeconds).toBe(seconds)
  })
})
