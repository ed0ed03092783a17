import { describe, expect, it } from 'vitest'
import type { Call } from '../../src/databricks/call.ts'
import { errorOfAnswer } from '../../src/databricks/error-answer.ts'
import { provesNothingHappened, type ErrorKind } from '../../src/databricks/errors.ts'

const read = (path: string, query: Call['query'] = {}): Call => ({
  method: 'GET',
  path,
  query,
  effect: 'read',
})
const write = (path: string, body: Call['body'] = {}): Call => ({
  method: 'POST',
  path,
  body,
  effect: 'idempotent',
})
const getCluster = read('/api/2.1/clusters/get', { cluster_id: 'c-1' })
const editCluster = write('/api/2.1/clusters/edit', { cluster_id: 'c-1' })
const getJob = read('/api/2.2/jobs/get', { job_id: '901234567890123457' })
const updateJob = write('/api/2.2/jobs/update', { job_id: 901234567890123457n })
const createJob: Call = { ...write('/api/2.2/jobs/create'), effect: 'create' }
const patchGrants: Call = {
  ...write('/api/2.1/unity-catalog/permissions/schema/main.sales'),
  method: 'PATCH',
}

interface Given {
  call?: Call
  status: number
  body?: object | string
  headers?: Record<string, string>
}
const errorOf = ({ call = getJob, status, body = '', headers = {} }: Given) =>
  errorOfAnswer({
    call,
    answer: { status, headers, text: typeof body === 'string' ? body : JSON.stringify(body) },
    secrets: ['the-token-of-ours'],
    now: Date.parse('2026-01-01T00:00:00Z'),
  })
const coded = (error_code: string | number, message = 'words') => ({ error_code, message })

type Row = [string, Given, ErrorKind]

describe('the kind of an error', () => {
  const general: Row[] = [
    ['a bad personal token', { status: 403, body: coded(403, 'Invalid access token.') }, 'Unauthenticated'],
    [
      'a bad token with a code',
      { status: 403, body: coded('PERMISSION_DENIED', 'Invalid access token.') },
      'Unauthenticated',
    ],
    [
      'an expired token',
      { status: 403, body: coded('PERMISSION_DENIED', 'Token is expired') },
      'Unauthenticated',
    ],
    [
      'an old expired token',
      { status: 400, body: 'io.jsonwebtoken.ExpiredJwtException: JWT expired' },
      'Unauthenticated',
    ],
    [
      'a token of Entra in its last seconds',
      {
        status: 403,
        body: coded('PERMISSION_DENIED', 'Token is expiring within 30 seconds. (token expired)'),
      },
      'Unauthenticated',
    ],
    ['a 401 without a body', { status: 401 }, 'Unauthenticated'],
    ['a 401 with another code', { status: 401, body: coded('RESOURCE_DOES_NOT_EXIST') }, 'Unauthenticated'],
    ['a missing right', { status: 403, body: coded('PERMISSION_DENIED') }, 'Forbidden'],
    ['a 403 with a code of absence', { status: 403, body: coded('RESOURCE_DOES_NOT_EXIST') }, 'Forbidden'],
    [
      'somebody else’s token in a message',
      { status: 400, body: coded('INVALID_PARAMETER_VALUE', 'git: invalid access token') },
      'Invalid',
    ],
    ['throttling', { status: 429, body: coded('REQUEST_LIMIT_EXCEEDED') }, 'Throttled'],
    ['throttling without words', { status: 429 }, 'Throttled'],
    [
      'throttling under a 500',
      { status: 500, body: coded('INTERNAL_ERROR', 'REQUEST_LIMIT_EXCEEDED: slow down') },
      'Throttled',
    ],
    ['a quota', { status: 429, body: coded('QUOTA_EXCEEDED') }, 'Invalid'],
    ['an unknown code', { status: 409, body: coded('SOMETHING_NEW') }, 'Conflict'],
    ['a code that beats its status', { status: 400, body: coded('ABORTED') }, 'Conflict'],
    ['a switched-off service', { status: 503, body: coded('TEMPORARILY_UNAVAILABLE') }, 'Unavailable'],
    [
      'a moving workspace',
      { status: 400, body: coded('INVALID_STATE', 'There is no worker environment with id 7') },
      'Unavailable',
    ],
    ['an internal error', { status: 500, body: coded('INTERNAL_ERROR') }, 'Unavailable'],
    ['an unknown path', { status: 404, body: coded('ENDPOINT_NOT_FOUND') }, 'Invalid'],
    ['a switched-off feature', { status: 404, body: coded('FEATURE_DISABLED') }, 'Invalid'],
    ['a workspace without metastore', { status: 404, body: coded('METASTORE_DOES_NOT_EXIST') }, 'Invalid'],
    [
      'a user who is not there',
      {
        status: 404,
        body: { schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'], detail: 'no', status: '404' },
      },
      'Missing',
    ],
    ['a gateway’s 404', { status: 404, body: '<html><body>404</body></html>' }, 'Unknown'],
    ['an empty 404', { status: 404 }, 'Unknown'],
    ['a gateway’s 404 in JSON', { status: 404, body: { error: 'Bad Target: /api/2.2/jobs/get' } }, 'Unknown'],
    ['a gateway’s 502', { status: 502, body: '<html><pre>upstream</pre></html>' }, 'Unavailable'],
    ['a load balancer’s 503', { status: 503, body: 'no healthy upstream' }, 'Unavailable'],
    ['a request that took too long to arrive', { status: 408 }, 'Unavailable'],
    ['a cut body', { status: 500, body: '{"error_code":"INTERNAL_ERR' }, 'Unavailable'],
  ]
  it.each(general)('%s', (_name, given, kind) => {
    expect(errorOf(given).kind).toBe(kind)
  })

  const absent = 'Cluster c-1 does not exist'
  const purged = 'Cannot access cluster c-1 that was terminated or unpinned more than 30 days ago.'
  const perCall: Row[] = [
    [
      'a cluster that is gone',
      { call: getCluster, status: 400, body: coded('INVALID_PARAMETER_VALUE', absent) },
      'Missing',
    ],
    ['a purged cluster', { call: getCluster, status: 400, body: coded('INVALID_STATE', purged) }, 'Missing'],
    [
      'an edit of a purged cluster',
      { call: editCluster, status: 400, body: coded('INVALID_STATE', purged) },
      'Missing',
    ],
    [
      'the rights of a purged cluster',
      { call: read('/api/2.0/permissions/clusters/c-1'), status: 400, body: coded('INVALID_STATE', purged) },
      'Missing',
    ],
    [
      'a busy cluster',
      {
        call: editCluster,
        status: 400,
        body: coded('INVALID_STATE', 'Cluster c-1 is in unexpected state Pending.'),
      },
      'Conflict',
    ],
    [
      'another cluster that an edit refers to',
      {
        call: editCluster,
        status: 400,
        body: coded('INVALID_PARAMETER_VALUE', 'Cluster c-2 does not exist'),
      },
      'Invalid',
    ],
    [
      'a cluster in a bad state when read',
      { call: getCluster, status: 400, body: coded('INVALID_STATE', 'odd') },
      'Invalid',
    ],
    [
      'a job that is gone',
      {
        call: getJob,
        status: 400,
        body: coded('INVALID_PARAMETER_VALUE', 'Job 901234567890123457 does not exist.'),
      },
      'Missing',
    ],
    [
      'a job that is gone, the newer way',
      { call: getJob, status: 404, body: coded('RESOURCE_DOES_NOT_EXIST') },
      'Missing',
    ],
    [
      'a job that is gone, with the general code',
      { call: getJob, status: 404, body: coded('INVALID_PARAMETER_VALUE') },
      'Missing',
    ],
    [
      'a job that is gone when it is updated',
      {
        call: updateJob,
        status: 400,
        body: coded('INVALID_PARAMETER_VALUE', 'Job 901234567890123457 does not exist.'),
      },
      'Missing',
    ],
    [
      'another job that an update refers to',
      { call: updateJob, status: 400, body: coded('INVALID_PARAMETER_VALUE', 'Job 5 does not exist.') },
      'Invalid',
    ],
    [
      'a run that is gone',
      {
        call: read('/api/2.2/jobs/runs/get', { run_id: 7 }),
        status: 400,
        body: coded('INVALID_PARAMETER_VALUE', "Run: 7 in job: 5 doesn't exist"),
      },
      'Missing',
    ],
    [
      'a create that refers to something absent',
      { call: createJob, status: 404, body: coded('RESOURCE_DOES_NOT_EXIST') },
      'Invalid',
    ],
    [
      'too many jobs an hour',
      {
        call: createJob,
        status: 400,
        body: coded(
          'INVALID_STATE',
          'There were already 1000 jobs created in past 3600 seconds, exceeding rate limit',
        ),
      },
      'Throttled',
    ],
    [
      'a schema that is gone',
      { call: patchGrants, status: 404, body: coded('SCHEMA_DOES_NOT_EXIST') },
      'Missing',
    ],
    [
      'an unknown principal',
      { call: patchGrants, status: 404, body: coded('PRINCIPAL_DOES_NOT_EXIST') },
      'Invalid',
    ],
    [
      'an unknown principal under the general code',
      {
        call: patchGrants,
        status: 404,
        body: coded('RESOURCE_DOES_NOT_EXIST', 'Could not find principal with name x'),
      },
      'Invalid',
    ],
  ]
  it.each(perCall)('%s', (_name, given, kind) => {
    expect(errorOf(given).kind).toBe(kind)
  })
})

describe('what an error says', () => {
  it('names the call, status, code, words and request of Databricks', () => {
    const details = [
      { '@type': 'type.googleapis.com/google.rpc.Unheard', x: 1 },
      { '@type': 'type.googleapis.com/google.rpc.RequestInfo', request_id: 'r-7', serving_data: '' },
    ]
    const error = errorOf({
      call: patchGrants,
      status: 404,
      body: { ...coded('SCHEMA_DOES_NOT_EXIST', 'Gone.'), details },
    })
    expect(error.message).toBe(
      'PATCH /api/2.1/unity-catalog/permissions/schema/main.sales: 404 SCHEMA_DOES_NOT_EXIST: Gone. (request r-7)',
    )
    expect(error).toMatchObject({
      status: 404,
      code: 'SCHEMA_DOES_NOT_EXIST',
      serverMessage: 'Gone.',
      requestId: 'r-7',
    })
  })

  const words: [string, Given, Partial<{ code: string; serverMessage: string }>][] = [
    ['a numeric code', { status: 403, body: coded(403) }, { code: '403', serverMessage: 'words' }],
    [
      'the old shape',
      { status: 400, body: { error: 'Bad Target: /api' } },
      { code: 'BAD_REQUEST', serverMessage: 'Bad Target: /api' },
    ],
    [
      'the shape of token endpoints',
      { status: 400, body: { error: 'invalid_client', error_description: 'No.' } },
      { code: 'INVALID_CLIENT', serverMessage: 'invalid_client: No.' },
    ],
    [
      'SCIM',
      { status: 404, body: { schemas: ['a:Error'], detail: 'none', scimType: 'noTarget' } },
      { code: 'SCIM_404', serverMessage: 'noTarget none' },
    ],
    [
      'SCIM without words',
      { status: 500, body: { schemas: ['a:Error'], detail: 'null' } },
      { code: 'SCIM_500', serverMessage: 'internal SCIM error' },
    ],
    [
      'text with a code',
      { status: 400, body: 'INVALID_STATE: not\nnow' },
      { code: 'INVALID_STATE', serverMessage: 'not now' },
    ],
    [
      'a page with pre',
      { status: 502, body: '<!doctype html><PRE class="x">no route</PRE>' },
      { code: 'BAD_GATEWAY', serverMessage: 'no route' },
    ],
    [
      'a page without',
      { status: 502, body: '<html></html>' },
      { code: 'BAD_GATEWAY', serverMessage: 'Bad Gateway (a web page instead of an API answer)' },
    ],
    [
      'nothing',
      { status: 504 },
      { code: 'GATEWAY_TIMEOUT', serverMessage: 'Gateway Timeout (empty answer)' },
    ],
    [
      'nothing but a reason',
      { status: 403, headers: { 'x-databricks-reason-phrase': 'Blocked.' } },
      { code: 'FORBIDDEN', serverMessage: 'Blocked.' },
    ],
    [
      'other words',
      { status: 503, body: 'no healthy upstream' },
      { code: 'UNPARSEABLE_HTTP_ERROR', serverMessage: 'no healthy upstream' },
    ],
    [
      'a status nobody knows',
      { status: 599 },
      { code: 'STATUS_599', serverMessage: 'status 599 (empty answer)' },
    ],
  ]
  it.each(words)('%s', (_name, given, expected) => {
    expect(errorOf(given)).toMatchObject(expected)
  })

  it('says a numeric code that equals the status once', () => {
    expect(errorOf({ status: 403, body: coded(403, 'No.') }).message).toBe('GET /api/2.2/jobs/get: 403: No.')
  })

  it('takes the request id from the header when the body has none', () => {
    expect(errorOf({ status: 500, headers: { 'x-request-id': 'h-1' } }).requestId).toBe('h-1')
  })

  it('cuts what is too long without breaking a character', () => {
    const { serverMessage } = errorOf({ status: 400, body: coded('BAD_REQUEST', 'ä'.repeat(5000)) })
    expect(Buffer.byteLength(serverMessage)).toBeLessThanOrEqual(1024)
    expect(serverMessage).toMatch(/^ä+…$/)
  })

  it.each([
    ['in the words', { status: 400, body: coded('BAD_REQUEST', 'you sent the-token-of-ours') }],
    ['across the cut', { status: 400, body: coded('BAD_REQUEST', `${'x'.repeat(1015)}the-token-of-ours`) }],
    ['in the code', { status: 400, body: coded('the-token-of-ours') }],
    ['as the request id', { status: 400, headers: { 'x-request-id': 'the-token-of-ours' } }],
    ['in a page', { status: 500, body: '<html><pre>Authorization: Bearer the-token-of-ours</pre></html>' }],
  ] satisfies [string, Given][])('never repeats the token: %s', (_name, given) => {
    const error = errorOf(given)
    expect(JSON.stringify([error.message, error])).not.toContain('the-to')
  })

  it('hides tokens that are not the current one', () => {
    const old = 'dapi00112233445566778899aabbccddeeff'
    const jwt = 'eyJhbGciOiJSUzI1NiJ9.e30.c2lnbmF0dXJl'
    const { message } = errorOf({ status: 500, body: `old ${old}, header Bearer ${jwt}` })
    expect(message).not.toContain('0011')
    expect(message).not.toContain('eyJ')
  })
})

describe('how long the server asks to wait', () => {
  const retryInfo = { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retry_delay: '3.5s' }
  const waits: [string, Given, number | undefined][] = [
    ['nothing said', { status: 429 }, undefined],
    ['seconds', { status: 429, headers: { 'retry-after': '7' } }, 7_000],
    ['a date', { status: 503, headers: { 'retry-after': 'Thu, 01 Jan 2026 00:00:30 GMT' } }, 30_000],
    ['a date gone by', { status: 503, headers: { 'retry-after': 'Wed, 31 Dec 2025 00:00:00 GMT' } }, 0],
    ['nonsense', { status: 503, headers: { 'retry-after': 'soon' } }, undefined],
    ['in the body', { status: 429, body: { ...coded('X'), details: [retryInfo] } }, 3_500],
    [
      'twice: the longer',
      { status: 429, headers: { 'retry-after': '2' }, body: { ...coded('X'), details: [retryInfo] } },
      3_500,
    ],
  ]
  it.each(waits)('%s', (_name, given, expected) => {
    expect(errorOf(given).retryAfter).toBe(expected)
  })
})

describe('proof that a create made nothing', () => {
  const proofs: [string, Given, boolean][] = [
    ['a refused body', { status: 400, body: coded('INVALID_PARAMETER_VALUE') }, true],
    ['throttling', { status: 429, body: coded('RESOURCE_EXHAUSTED') }, true],
    ['a refused token', { status: 403, body: coded(403, 'Invalid access token.') }, true],
    ['a gateway’s throttling', { status: 429, body: 'slow down' }, false],
    ['a gateway’s 400', { status: 400, body: '<html></html>' }, false],
    ['an outage', { status: 503, body: coded('TEMPORARILY_UNAVAILABLE') }, false],
    ['an outage under a 400', { status: 400, body: coded('TEMPORARILY_UNAVAILABLE') }, false],
    ['a cancelled request', { status: 499, body: coded('CANCELLED') }, false],
    ['throttling under a 500', { status: 500, body: coded('REQUEST_LIMIT_EXCEEDED') }, false],
  ]
  it.each(proofs)('%s', (_name, given, expected) => {
    expect(provesNothingHappened(errorOf({ call: createJob, ...given }))).toBe(expected)
  })

  it('is not given by any other error', () => {
    expect(provesNothingHappened(new TypeError('a bug'))).toBe(false)
  })
})
