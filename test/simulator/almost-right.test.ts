import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { workspace } from './harness.ts'

const uc = '/api/2.1/unity-catalog'
const scim = '/api/2.0/preview/scim/v2'
const jobList = '/api/2.0/permissions/jobs/901234567890123457'
const role = { role_arn: 'arn:aws:iam::123456789012:role/x' }
const inSilver = { catalog_name: 'main', schema_name: 'silver' }

/** A good body for each call that takes one. */
const calls = [
  ['post', `${uc}/catalogs`, { name: 'lab', comment: 'x', properties: { a: 'b' } }],
  ['patch', `${uc}/catalogs/main`, { owner: 'analysts', comment: '' }],
  ['post', `${uc}/schemas`, { name: 's', catalog_name: 'main', properties: { a: 'b' } }],
  ['patch', `${uc}/schemas/main.silver`, { owner: 'analysts', new_name: 'silver' }],
  ['post', `${uc}/volumes`, { ...inSilver, name: 'v', volume_type: 'MANAGED' }],
  ['post', `${uc}/functions`, { function_info: { ...inSilver, name: 'f', data_type: 'INT' } }],
  ['post', `${uc}/models`, { ...inSilver, name: 'm' }],
  ['post', `${uc}/storage-credentials`, { name: 'lake', aws_iam_role: role }],
  ['post', `${uc}/external-locations`, { name: 'raw', url: 's3://b', credential_name: 'lake' }],
  ['post', `${uc}/credentials`, { name: 'c', purpose: 'SERVICE', aws_iam_role: role }],
  ['post', `${uc}/connections`, { name: 'crm', connection_type: 'MYSQL', options: { a: 'b' } }],
  [
    'patch',
    `${uc}/permissions/schema/main.silver`,
    {
      changes: [
        { principal: 'analysts', add: ['SELECT'], remove: ['MODIFY'] },
        { principal_id: 911, add: [] },
      ],
      omit_permissions_in_response: false,
    },
  ],
  ['put', jobList, { access_control_list: [{ user_name: 'ana@example.com', permission_level: 'IS_OWNER' }] }],
  ['patch', jobList, { access_control_list: [{ group_name: 'users', permission_level: 'CAN_VIEW' }] }],
  [
    'post',
    `${scim}/Users`,
    {
      userName: 'e@example.com',
      active: true,
      emails: [{ value: 'x', primary: true }],
      groups: [{ value: '912' }],
    },
  ],
  ['put', `${scim}/Users/4471011`, { userName: 'ben@example.com', roles: [{ value: 'x' }] }],
  [
    'patch',
    `${scim}/Users/4471011`,
    {
      Operations: [
        { op: 'replace', path: 'active', value: true },
        { op: 'add', path: 'entitlements', value: [{ value: 'x' }] },
        { op: 'remove', path: 'roles[value eq "x"]' },
      ],
    },
  ],
  ['post', `${scim}/Groups`, { displayName: 'g', members: [{ value: '4471011' }] }],
  ['post', `${scim}/ServicePrincipals`, { applicationId: 'a', displayName: 'x' }],
] as const

/** What may stand where something else belongs. */
const anything = fc.oneof(
  fc.string(),
  fc.integer(),
  fc.double(),
  fc.boolean(),
  fc.constantFrom(
    null,
    [],
    {},
    [null],
    [{}],
    [{ value: { a: 1 } }],
    { value: [1] },
    '__proto__',
    'constructor',
  ),
)

/** A copy in which the value that is reached as the `at`th is another one. */
function spoiled(body: unknown, at: number, by: unknown): unknown {
  let reached = 0
  const copy = (value: unknown): unknown => {
    if (reached++ === at) return by
    if (Array.isArray(value)) return value.map(copy)
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, copy(member)]))
  }
  return copy(body)
}

/** All that there is to see. */
const views = [
  ...[
    'catalogs',
    'schemas?catalog_name=main',
    'external-locations',
    'credentials',
    'connections',
    'models',
  ].map((path) => `${uc}/${path}`),
  ...['Users', 'Groups', 'ServicePrincipals'].map((path) => `${scim}/${path}`),
]

describe('bodies that are right but for one value', () => {
  it('end as a recorded kind of error or do what they say, and never break what can be read', async () => {
    const client = await workspace()
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...calls),
        fc.integer({ min: 1, max: 12 }),
        anything,
        async (call, at, by) => {
          const [verb, path, body] = call
          const answer = await client[verb](path, spoiled(body, at, by) as object)
          expect([200, 400, 403, 404, 409]).toContain(answer.status)
        },
      ),
      { numRuns: 600 },
    )
    for (const path of views) expect((await client.get(path)).status, path).toBe(200)
  })
})
