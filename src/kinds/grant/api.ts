import type { Databricks } from '../../databricks/client.ts'
import { DatabricksError } from '../../databricks/errors.ts'
import { isObject, type JsonObject } from '../../databricks/json.ts'
import { pages } from '../../databricks/pages.ts'
import { route } from '../../databricks/path.ts'
import type { Session } from '../kind.ts'
import { allPrivileges, normalPrivilege, principalKey } from './privileges.ts'

/** Pages of a server-chosen size; a securable with more principals than this holds is not one to manage by hand. */
const mostPages = 1_000

/**
 * How long a read may lag behind a change of grants, in milliseconds: Unity Catalog is eventually consistent, and
 * Databricks' own Terraform provider reads for up to a minute until it sees what it wrote.
 */
export const grantsSettle = 60_000

/** Something on which privileges are granted. */
export interface Securable {
  type: string
  name: string
}

/** What one principal holds directly. */
export interface Assignment {
  principal: string
  privileges: string[]
}

/** What one principal is given and loses in one call. */
export interface PermissionChange {
  principal: string
  add: string[]
  remove: string[]
}

/**
 * Direct grants on a securable; undefined when it does not exist. A page may be empty and the list go on.
 * https://docs.databricks.com/api/workspace/grants/get
 */
export async function getGrants(
  databricks: Databricks,
  { type, name }: Securable,
): Promise<Assignment[] | undefined> {
  const call = {
    method: 'GET',
    ...route`/api/2.1/unity-catalog/permissions/${type}/${name}`,
    query: { max_results: 0 },
    effect: 'read',
  } as const
  try {
    const assignments: Assignment[] = []
    for await (const page of pages(databricks, call, { items: 'privilege_assignments', most: mostPages }))
      assignments.push(...page.flatMap(assignmentOf))
    return assignments
  } catch (error) {
    if (error instanceof DatabricksError && error.kind === 'Missing') return undefined
    throw error
  }
}

/**
 * Adds and removes privileges, all or nothing. Whether ALL_PRIVILEGES may go in the call that gives something is not
 * confirmed. Where that is refused, what is given is given before it, to see that it can be, and again after it: what
 * goes takes everything along. Never with what we hold ourselves: in between we could not give any more.
 */
export async function changeGrants(
  { databricks, me }: Pick<Session, 'databricks' | 'me'>,
  securable: Securable,
  changes: readonly PermissionChange[],
): Promise<void> {
  const exchanged = changes.filter(({ add, remove }) => add.length > 0 && remove.includes(allPrivileges))
  try {
    await patchGrants(databricks, securable, changes)
  } catch (error) {
    const isOurs = exchanged.some(({ principal }) => principalKey(principal) === principalKey(me))
    const mayBeApart = exchanged.length > 0 && !isOurs
    if (!mayBeApart || !(error instanceof DatabricksError && error.kind === 'Invalid')) throw error
    const given = exchanged.map((change) => ({ ...change, remove: [] }))
    await patchGrants(databricks, securable, given)
    const others = changes.map((change) => (exchanged.includes(change) ? { ...change, add: [] } : change))
    try {
      await patchGrants(databricks, securable, others)
      await patchGrants(databricks, securable, given)
    } catch (late) {
      // Something has been given by now, whatever this call says of itself.
      throw late instanceof DatabricksError ? late.afterDoubt() : late
    }
  }
}

/** https://docs.databricks.com/api/workspace/grants/update */
async function patchGrants(
  databricks: Databricks,
  { type, name }: Securable,
  changes: readonly PermissionChange[],
): Promise<void> {
  const body: JsonObject = {
    changes: changes.map(({ principal, add, remove }) => ({
      principal,
      ...(add.length === 0 ? {} : { add }),
      ...(remove.length === 0 ? {} : { remove }),
    })),
  }
  await databricks.call({
    method: 'PATCH',
    ...route`/api/2.1/unity-catalog/permissions/${type}/${name}`,
    body,
    effect: 'idempotent',
  })
}

/** An assignment whose principal was deleted has no name left and cannot be managed: it is passed over. */
function assignmentOf(item: JsonObject): Assignment[] {
  const { principal, privileges } = item
  if (typeof principal !== 'string' || principal === '') return []
  const held = (Array.isArray(privileges) ? privileges : []).flatMap((privilege) => {
    const name = isObject(privilege) ? privilege['privilege'] : privilege
    return typeof name === 'string' ? [normalPrivilege(name)] : []
  })
  return [{ principal, privileges: held }]
}
