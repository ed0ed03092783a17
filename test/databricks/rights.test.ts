import { globSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { missingRight, rights } from '../../src/databricks/rights.ts'

const refused = (call: string, serverMessage = 'no') =>
  missingRight({ call, serverMessage }, 'lakeward@example.com')

const root = new URL('../../', import.meta.url)

/** Every call that stands in a kind's `api.ts`, and the one by which a workspace is checked. */
const calls = globSync(['src/kinds/*/api.ts', 'src/databricks/identity.ts'], { cwd: root }).flatMap(
  (file) => {
    const text = readFileSync(new URL(file, root), 'utf8')
    return [...text.matchAll(/path: (?:path)?['`](\/api\/[^'`]*)['`]/g)].map(([, path = '']) => path)
  },
)

describe('a call that is refused', () => {
  it.each<[call: string, words: string, says: string]>([
    ['POST /api/2.2/jobs/update', 'User u does not have Admin permissions on job 7', 'CAN_MANAGE on the job'],
    ['POST /api/2.2/jobs/update', 'User u is not allowed to set run_as to ana', 'Service Principal User'],
    ['POST /api/2.1/clusters/create', 'You are not authorized to create clusters.', 'allow-cluster-create'],
    [
      'POST /api/2.1/clusters/create',
      'not authorized to use cluster policy ABC',
      'CAN_USE on the cluster policy',
    ],
    [
      'POST /api/2.1/clusters/create',
      'u cannot attach to instance pool 1',
      'CAN_ATTACH_TO on the instance pool',
    ],
    [
      'POST /api/2.1/clusters/create',
      'not allowed: instance profile arn:aws',
      'the instance profile, assigned',
    ],
    ['GET /api/2.2/jobs/get', 'Source IP address: 1.2.3.4 is blocked by Databricks IP ACL', 'IP access list'],
    [
      'PATCH /api/2.1/unity-catalog/permissions/schema/main.a%20b',
      'User does not have MANAGE',
      'MANAGE on schema main.a b, or its ownership',
    ],
  ])('%s: %s', (call, words, says) => {
    expect(refused(call, words)).toContain(`lakeward@example.com needs `)
    expect(refused(call, words)).toContain(says)
    expect(refused(call, words)).toMatch(/; it can be given by .*\.$/)
  })

  it('of which nobody has thought has no right', () => {
    expect(refused('POST /api/2.2/jobs/dance')).toBeUndefined()
    expect(refused('POST /api/2.2/jobs/update/more')).toBeUndefined()
  })

  it('is told also before it is known who we are', () => {
    const call = 'GET /api/2.0/preview/scim/v2/Me'
    expect(missingRight({ call, serverMessage: '' }, undefined)).toMatch(
      /^The identity of the workspace needs/,
    )
  })
})

describe('the table of rights', () => {
  it('has every call that we make', () => {
    expect(calls.length).toBeGreaterThan(9)
    const known = rights.map(({ call }) => call.replace(/^\w+ /, ''))
    for (const path of calls) {
      const shape = path.replaceAll(/\$\{(\w+)\}/g, '{$1}')
      const fits = shape.includes('{verb}')
        ? known.some((one) => one.startsWith(shape.replace('{verb}', '')))
        : known.includes(shape)
      expect(fits, path).toBe(true)
    }
  })

  it('answers for each of its rows, the last for a call among them in any words', () => {
    for (const [, rows] of Map.groupBy(rights, ({ call }) => call))
      if (rows[0]?.call !== '{any}') expect(rows.at(-1)).not.toHaveProperty('words')
  })

  it('names no right of the whole account or workspace where a smaller one does', () => {
    const needsAdmin = rights.filter(({ needs }) => /admin/.test(needs)).map(({ doing }) => doing)
    expect(needsAdmin).toEqual([
      'create a job that runs as somebody else',
      'change whom a job runs as',
      'unpin a cluster before it is deleted',
    ])
  })
})
