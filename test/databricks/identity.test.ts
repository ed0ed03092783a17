import { describe, expect, it } from 'vitest'
import { whoAmI } from '../../src/databricks/identity.ts'
import { clientFor, fakeHost, reply } from './fake-host.ts'

describe('who we are', () => {
  it('is told by Databricks, with the workspace’s own id', async () => {
    const me = {
      schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'],
      userName: '3f0c1a52-8d2e-4e55-9a77-0b1c2d3e4f50',
      displayName: 'operator-sp',
      active: true,
      groups: [{ display: 'admins', value: '900', type: 'direct' }],
    }
    await using host = await fakeHost(reply(200, me, { 'x-databricks-org-id': '7405611111111111' }))
    expect(await whoAmI(clientFor(host).databricks)).toEqual({
      workspaceId: '7405611111111111',
      userName: '3f0c1a52-8d2e-4e55-9a77-0b1c2d3e4f50',
      displayName: 'operator-sp',
      active: true,
      isAdmin: true,
    })
    expect(host.seen[0]?.url).toBe('/api/2.0/preview/scim/v2/Me')
  })

  it('is known for somebody with little to tell', async () => {
    await using host = await fakeHost(
      reply(200, { userName: 'bob@example.test', active: false, groups: [{ display: 'users' }] }),
    )
    expect(await whoAmI(clientFor(host).databricks)).toEqual({
      workspaceId: undefined,
      userName: 'bob@example.test',
      displayName: 'bob@example.test',
      active: false,
      isAdmin: false,
    })
  })
})
