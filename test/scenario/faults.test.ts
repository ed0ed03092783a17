import { describe, expect } from 'vitest'
import { seedContent } from '../../src/simulator/seed-content.ts'
import type { Fault } from './databricks.ts'
import { inWorld } from './in-world.ts'
import { grant, job, within, workspace } from './manifests.ts'
import { conditions, idOf, messageOf } from './observer.ts'
import { until } from './until.ts'

/*
 * One row for each way in which Databricks, or what stands between, can fail; grouped by the eight kinds of
 * errors that the door knows. Each ends in one reason on the object that kubectl shows, and once the trouble is
 * over there is exactly one job for the manifest.
 */

const it = inWorld()

type Trouble = Omit<Fault, 'match'>

interface Row {
  /** What happened to the call. */
  what: string
  /** `before`: nothing was made. `after`: the job was made, and only the answer is lost. */
  trouble: Trouble
  /** What Ready says meanwhile. */
  reason: string
  /** What the message has to tell. */
  says: string
  /** Whether a person is needed, and the object looked at again only when asked. */
  stalls?: true
}

const platform = (status: number, error_code: string | number, message: string): Trouble => ({
  status,
  body: { error_code, message, details: [requestInfo] },
})
const requestInfo = { '@type': 'type.googleapis.com/google.rpc.RequestInfo', request_id: 'request-7' }

const creating: Row[] = [
  {
    what: 'Conflict: somebody else is at it',
    trouble: platform(409, 'RESOURCE_CONFLICT', 'Concurrent modification'),
    reason: 'RemoteBusy',
    says: 'Concurrent modification (request request-7)',
  },
  {
    what: 'Throttled: 429 that names a time',
    trouble: {
      ...platform(429, 'REQUEST_LIMIT_EXCEEDED', 'exceeded the concurrent limit'),
      headers: { 'Retry-After': '1' },
    },
    reason: 'Throttled',
    says: '429 REQUEST_LIMIT_EXCEEDED',
  },
  {
    what: 'Throttled: 429 that names none',
    trouble: platform(429, 'RESOURCE_EXHAUSTED', 'slow down'),
    reason: 'Throttled',
    says: 'slow down',
  },
  {
    what: 'Throttled: as a 500 with the code of a throttle',
    trouble: platform(500, 'REQUEST_LIMIT_EXCEEDED', 'too many'),
    reason: 'Throttled',
    says: 'too many',
  },
  {
    what: 'Forbidden: a right is missing',
    trouble: platform(403, 'PERMISSION_DENIED', 'may not create jobs'),
    reason: 'Forbidden',
    says: 'may not create jobs',
    stalls: true,
  },
  {
    what: 'Invalid: a wrong value',
    trouble: platform(400, 'INVALID_PARAMETER_VALUE', 'Unknown notebook source'),
    reason: 'Refused',
    says: 'Unknown notebook source',
    stalls: true,
  },
  {
    what: 'Invalid: a quota that only a person can raise',
    trouble: platform(400, 'QUOTA_EXCEEDED', 'The quota for the number of jobs has been reached'),
    reason: 'Refused',
    says: 'quota',
    stalls: true,
  },
  {
    what: 'Unavailable: 503 before anything happened',
    trouble: platform(503, 'TEMPORARILY_UNAVAILABLE', 'try later'),
    reason: 'Unavailable',
    says: 'try later',
  },
  {
    what: 'Unavailable: 503 after the job was made',
    trouble: { ...platform(503, 'TEMPORARILY_UNAVAILABLE', 'try later'), when: 'after' },
    reason: 'Unavailable',
    says: 'try later',
  },
  {
    what: 'Unavailable: an empty 500',
    trouble: { status: 500, body: '' },
    reason: 'Unavailable',
    says: '500 INTERNAL_SERVER_ERROR',
  },
  {
    what: 'Unavailable: the web page of a gateway',
    trouble: { status: 502, body: '<html><body><h1>Bad Gateway</h1></body></html>' },
    reason: 'Unavailable',
    says: 'a web page instead of an API answer',
  },
  {
    what: 'Unavailable: words of a load balancer',
    trouble: { status: 503, body: 'no healthy upstream' },
    reason: 'Unavailable',
    says: 'no healthy upstream',
  },
  {
    what: 'Unavailable: the connection is cut before anything happened',
    trouble: { reset: true },
    reason: 'Unreachable',
    says: 'no answer from the host',
  },
  {
    what: 'Unavailable: the connection is cut after the job was made',
    trouble: { reset: true, when: 'after' },
    reason: 'Unreachable',
    says: 'no answer from the host',
  },
  {
    what: 'Unavailable: no answer in time, and the job was made',
    trouble: { delaySeconds: 4, when: 'after' },
    reason: 'Unreachable',
    says: 'no complete answer within 2s',
  },
  {
    what: 'Unavailable: a half-open connection that never answers',
    trouble: { hang: 'BeforeHeaders' },
    reason: 'Unreachable',
    says: 'no complete answer within 2s',
  },
  {
    what: 'Unavailable: an answer that stops after its headers, and the job was made',
    trouble: { hang: 'AfterHeaders', when: 'after' },
    reason: 'Unreachable',
    says: 'no complete answer within 2s',
  },
  {
    what: 'Unavailable: an answer that is cut in the middle, and the job was made',
    trouble: { cut: true, when: 'after' },
    reason: 'Unreachable',
    says: 'no answer from the host',
  },
  {
    what: 'Unknown: a login page under status 200',
    trouble: { status: 200, body: '<html>please log in</html>' },
    reason: 'UnexpectedAnswer',
    says: 'a web page',
  },
  {
    what: 'Unknown: JSON that is cut off, and the job was made',
    trouble: { status: 200, body: '{"job_id": 1234', when: 'after' },
    reason: 'UnexpectedAnswer',
    says: 'no JSON object came back',
  },
  {
    what: 'Unknown: a redirect',
    trouble: { status: 307, body: '', headers: { Location: 'http://127.0.0.1:9/elsewhere' } },
    reason: 'UnexpectedAnswer',
    says: 'redirects to 127.0.0.1:9, which is never followed',
  },
]

describe('a create that goes wrong', () => {
  it.concurrent.for(creating.map((row, index) => [row.what, row, index] as const))(
    '%s',
    async ([, { trouble, reason, says, stalls }, index], { world }) => {
      const { kubernetes } = world
      const name = `trouble-${index}`
      // With the id of another one it would be the same workspace, and what is not listed there would not be here.
      const workspaceId = `74056222222222${index + 10}`
      const databricks = await world.anotherDatabricks({ content: { ...seedContent, workspaceId } })
      await databricks.fault({ match: 'POST /api/2.2/jobs/create', ...trouble })
      await kubernetes.apply(workspace(name, databricks.url), within(name, job(name)))
      const seen = await until(`${name} says ${reason}`, () =>
        kubernetes.seen
          .versions('JobSpec', name)
          .find((version) => conditions(version)['Ready'] === `False ${reason}`),
      )
      expect(messageOf(seen, 'Ready')).toContain('POST /api/2.2/jobs/create')
      expect(messageOf(seen, 'Ready')).toContain(says)
      expect(conditions(seen)['Stalled']).toBe(stalls && `True ${reason}`)
      expect(conditions(seen)['Reconciling']).toBe(stalls ? undefined : `True ${reason}`)
      // What is waited for slowly is asked for.
      if (stalls || reason === 'RemoteBusy')
        await kubernetes.annotate('JobSpec', name, { 'reconcile-at': 'mended' })
      const id = idOf(await kubernetes.ready('JobSpec', name))
      expect(await databricks.jobsNamed(name)).toEqual([id])
    },
  )

  it('Unauthenticated: a token that is refused is the matter of the workspace', async ({
    world: { kubernetes, databricks },
  }) => {
    // Twice, because a refused token is read again and tried once more.
    await databricks.fault({
      match: 'POST /api/2.2/jobs/create',
      count: 2,
      ...platform(403, 403, 'Invalid access token.'),
    })
    await kubernetes.apply(job('refused-token'))
    const seen = await until('the job waits for its workspace', () =>
      kubernetes.seen
        .versions('JobSpec', 'refused-token')
        .find((version) => conditions(version)['Ready'] === 'False WorkspaceNotReady'),
    )
    expect(messageOf(seen, 'Ready')).toContain('Invalid access token.')
    await databricks.clearFaults()
    await kubernetes.annotate('JobSpec', 'refused-token', { 'reconcile-at': 'mended' })
    const id = idOf(await kubernetes.ready('JobSpec', 'refused-token'))
    expect(await databricks.jobsNamed('refused-token')).toEqual([id])
  })
})

describe('a read that goes wrong', () => {
  it('Missing: a job that is gone is said to be, and one that is there after all is kept', async ({
    world: { kubernetes, databricks },
  }) => {
    await kubernetes.apply(job('hidden'))
    const id = idOf(await kubernetes.ready('JobSpec', 'hidden'))
    await databricks.fault({
      match: 'GET /api/2.2/jobs/get',
      ...platform(400, 'INVALID_PARAMETER_VALUE', `Job ${id} does not exist.`),
    })
    await kubernetes.recheck('JobSpec', 'hidden')
    await until('it is said to be gone', () =>
      kubernetes.seen
        .versions('JobSpec', 'hidden')
        .some((version) => conditions(version)['Ready'] === 'False Vanished'),
    )
    await kubernetes.recheck('JobSpec', 'hidden')
    expect(idOf(await kubernetes.ready('JobSpec', 'hidden'))).toBe(id)
    expect(await databricks.jobsNamed('hidden')).toEqual([id])
  })

  it('Forbidden: it is never taken for gone', async ({ world: { kubernetes, databricks } }) => {
    await kubernetes.apply(job('guarded'))
    const id = idOf(await kubernetes.ready('JobSpec', 'guarded'))
    await databricks.fault({
      match: 'GET /api/2.2/jobs/get',
      ...platform(
        403,
        'PERMISSION_DENIED',
        `User x does not have View or Admin or Manage Run or Owner permissions on job ${id}`,
      ),
    })
    await kubernetes.recheck('JobSpec', 'guarded')
    const seen = await until('it says what is missing', () =>
      kubernetes.seen
        .versions('JobSpec', 'guarded')
        .find((version) => conditions(version)['Stalled'] === 'True Forbidden'),
    )
    expect(messageOf(seen, 'Stalled')).toContain('does not have View')
    await kubernetes.recheck('JobSpec', 'guarded')
    expect(idOf(await kubernetes.ready('JobSpec', 'guarded'))).toBe(id)
    expect(await databricks.jobsNamed('guarded')).toEqual([id])
  })

  it('Missing: a principal that nobody knows is not a securable that is gone', async ({
    world: { kubernetes, databricks },
  }) => {
    await databricks.fault({
      match: 'PATCH /api/2.1/unity-catalog/permissions/*',
      ...platform(404, 'PRINCIPAL_DOES_NOT_EXIST', 'Could not find principal with name analysts'),
    })
    await kubernetes.apply(grant('nobody', 'main.bronze', { analysts: ['SELECT'] }))
    const object = await kubernetes.has('CatalogGrant', 'nobody', { Stalled: 'True PrincipalMissing' })
    expect(messageOf(object, 'Stalled')).toContain('analysts')
    await kubernetes.recheck('CatalogGrant', 'nobody')
    await kubernetes.ready('CatalogGrant', 'nobody')
  })
})
