import type { DatabricksError } from './errors.ts'

/** What a call needs, and from whom one gets it. */
export interface Right {
  /** What Lakeward does by the call. */
  readonly doing: string
  /** Method and path, as people write them. Words in braces stand for one part of the path. */
  readonly call: string
  /** Only where Databricks refuses in words like these: one call may lack one of several rights. */
  readonly words?: RegExp
  /** The right. Words in braces are those of the call. */
  readonly needs: string
  readonly from: string
}

const jobManagers = 'the owner of the job, whoever has CAN_MANAGE on it, or a workspace admin'
const clusterManagers = 'whoever has CAN_MANAGE on the cluster, or a workspace admin'
const workspaceAdmin = 'a workspace admin'
const grantors = 'its owner, the owner of the catalog or schema that it lies in, or an admin of the metastore'

/** For a call that uses what somebody else manages, Databricks' words tell which right of several is missing. */
const borrowing = (doing: string, call: string): Right[] => [
  {
    doing: `${doing} under a cluster policy`,
    call,
    words: /cluster policy|policy_id/i,
    needs: 'CAN_USE on the cluster policy',
    from: workspaceAdmin,
  },
  {
    doing: `${doing} on machines of a pool`,
    call,
    words: /instance pool/i,
    needs: 'CAN_ATTACH_TO on the instance pool',
    from: 'whoever has CAN_MANAGE on the pool, or a workspace admin',
  },
  {
    doing: `${doing} with an instance profile`,
    call,
    words: /instance profile/i,
    needs: 'the instance profile, assigned to the identity or to a group of it',
    from: workspaceAdmin,
  },
]

const runAs = (doing: string, call: string): Right => ({
  doing,
  call,
  words: /run_as|run as|servicePrincipal/i,
  needs: 'the role Service Principal User on the service principal; only admins may name another user',
  from: 'a manager of the service principal, or an account admin',
})

/**
 * Which right each of our calls needs. One table for the message of an object that lacks one and for the page that
 * says what to give to Lakeward; the first row that fits counts.
 * https://docs.databricks.com/aws/en/security/auth/access-control/
 */
export const rights: readonly Right[] = [
  {
    doing: 'anything, from an address that is not on the IP access list',
    call: '{any}',
    words: /IP ACL|IP access list/i,
    needs: 'the address of the operator on the IP access list',
    from: 'a workspace admin or an account admin',
  },
  {
    doing: 'ask who we are',
    call: 'GET /api/2.0/preview/scim/v2/Me',
    needs: 'to be assigned to the workspace, with the entitlement Workspace access',
    from: 'a workspace admin or an account admin',
  },
  {
    doing: 'list jobs',
    call: 'GET /api/2.2/jobs/list',
    needs: 'the entitlement Workspace access; it shows the jobs on which one has CAN_VIEW',
    from: workspaceAdmin,
  },
  { doing: 'read a job', call: 'GET /api/2.2/jobs/get', needs: 'CAN_VIEW on the job', from: jobManagers },
  runAs('create a job that runs as somebody else', 'POST /api/2.2/jobs/create'),
  ...borrowing('create a job with clusters', 'POST /api/2.2/jobs/create'),
  {
    doing: 'create a job',
    call: 'POST /api/2.2/jobs/create',
    needs:
      'the entitlement Workspace access; for new clusters also Unrestricted cluster creation (allow-cluster-create) or CAN_USE on a cluster policy',
    from: workspaceAdmin,
  },
  runAs('change whom a job runs as', 'POST /api/2.2/jobs/update'),
  ...borrowing('change a job with clusters', 'POST /api/2.2/jobs/update'),
  {
    doing: 'change a job',
    call: 'POST /api/2.2/jobs/update',
    needs: 'CAN_MANAGE on the job',
    from: jobManagers,
  },
  {
    doing: 'delete a job',
    call: 'POST /api/2.2/jobs/delete',
    needs: 'CAN_MANAGE on the job, or its ownership',
    from: jobManagers,
  },
  {
    doing: 'list clusters',
    call: 'GET /api/2.1/clusters/list',
    needs: 'the entitlement Workspace access; it shows the clusters on which one has CAN_ATTACH_TO',
    from: workspaceAdmin,
  },
  {
    doing: 'read a cluster',
    call: 'GET /api/2.1/clusters/get',
    needs: 'CAN_ATTACH_TO on the cluster',
    from: clusterManagers,
  },
  ...borrowing('create a cluster', 'POST /api/2.1/clusters/create'),
  {
    doing: 'create a cluster',
    call: 'POST /api/2.1/clusters/create',
    needs:
      'the entitlement Unrestricted cluster creation (allow-cluster-create), or policyId with CAN_USE on that policy',
    from: workspaceAdmin,
  },
  {
    doing: 'give the default permissions on a new cluster',
    call: 'PATCH /api/2.0/permissions/clusters/{id}',
    needs: 'CAN_MANAGE on the cluster, which its creator has',
    from: clusterManagers,
  },
  {
    doing:
      'read the policy of a cluster (without it, the defaults of the workspace count for a new one, and what the policy fixes is sent back)',
    call: 'GET /api/2.0/policies/clusters/get',
    needs: 'CAN_USE on the cluster policy',
    from: workspaceAdmin,
  },
  ...borrowing('change a cluster', 'POST /api/2.1/clusters/update'),
  {
    doing: 'change a cluster',
    call: 'POST /api/2.1/clusters/update',
    needs: 'CAN_MANAGE on the cluster',
    from: clusterManagers,
  },
  ...borrowing('change whether a cluster takes the defaults of its policy', 'POST /api/2.1/clusters/edit'),
  {
    doing: 'change whether a cluster takes the defaults of its policy',
    call: 'POST /api/2.1/clusters/edit',
    needs: 'CAN_MANAGE on the cluster',
    from: clusterManagers,
  },
  {
    doing: 'resize a cluster',
    call: 'POST /api/2.1/clusters/resize',
    needs: 'CAN_MANAGE on the cluster',
    from: clusterManagers,
  },
  {
    doing: 'delete a cluster',
    call: 'POST /api/2.1/clusters/permanent-delete',
    needs: 'CAN_MANAGE on the cluster',
    from: clusterManagers,
  },
  {
    doing: 'unpin a cluster before it is deleted',
    call: 'POST /api/2.1/clusters/unpin',
    needs: 'to be a workspace admin',
    from: workspaceAdmin,
  },
  {
    doing: 'find out who changed a cluster (drift is seen without it)',
    call: 'POST /api/2.1/clusters/events',
    needs: 'CAN_ATTACH_TO on the cluster',
    from: clusterManagers,
  },
  {
    doing: 'read the privileges on a securable',
    call: 'GET /api/2.1/unity-catalog/permissions/{type}/{name}',
    needs: 'any privilege on {type} {name} and USE CATALOG, USE SCHEMA on what it lies in',
    from: grantors,
  },
  {
    doing: 'grant and revoke privileges on a securable',
    call: 'PATCH /api/2.1/unity-catalog/permissions/{type}/{name}',
    needs: 'MANAGE on {type} {name}, or its ownership, or that of the catalog or schema that it lies in',
    from: grantors,
  },
]

/** Which right a refused call lacks, as a sentence; undefined for a call that the table does not have. */
export function missingRight(
  { call, serverMessage }: Pick<DatabricksError, 'call' | 'serverMessage'>,
  me: string | undefined,
): string | undefined {
  for (const right of rights) {
    if (right.words !== undefined && !right.words.test(serverMessage)) continue
    const parts = partsOf(right.call, call)
    if (parts === undefined) continue
    const needs = right.needs.replaceAll(/\{(\w+)\}/g, (word, name: string) => parts[name] ?? word)
    return `${me ?? 'The identity of the workspace'} needs ${needs}; it can be given by ${right.from}.`
  }
  return undefined
}

/** The parts of a call that the words in braces stand for; undefined if it is another call. */
function partsOf(pattern: string, call: string): Readonly<Record<string, string>> | undefined {
  if (pattern === '{any}') return {}
  const source = pattern
    .replaceAll(/[.*+?^$()|[\]\\]/g, String.raw`\$&`)
    .replaceAll(/\{(\w+)\}/g, '(?<$1>[^/]+)')
  const match = new RegExp(`^${source}$`).exec(call)
  if (match === null) return undefined
  return Object.fromEntries(
    Object.entries(match.groups ?? {}).map(([name, part]) => [name, decodeURIComponent(part)]),
  )
}
