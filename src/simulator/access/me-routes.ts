import type { Route } from '../http/call.ts'
import type { Workspace } from '../workspace.ts'

/** Who the caller is. */
export const meRoutes = ({ principals }: Workspace): Route[] => [
  {
    // https://docs.databricks.com/api/workspace/currentuser/me
    method: 'GET',
    versions: ['2.0'],
    path: '/preview/scim/v2/Me',
    handle: ({ caller }) => ({
      schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'],
      id: caller.id,
      userName: caller.name,
      displayName: caller.displayName,
      active: true,
      ...(caller.kind === 'user' && { emails: [{ type: 'work', value: caller.name, primary: true }] }),
      groups: caller.groups.map((name) => ({
        display: name,
        value: principals.named(name)?.id,
        type: 'direct',
      })),
    }),
  },
]
