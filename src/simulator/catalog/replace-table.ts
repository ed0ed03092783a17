import type { Workspace } from '../workspace.ts'
import { entityOfTable } from './privileges.ts'
import type { Securable } from './securable.ts'

/** A table or view as SQL makes it. */
export interface SqlTable {
  readonly name: string
  /** `MANAGED`, `VIEW`, … */
  readonly tableType: string
  /** Name of a principal; otherwise whoever owns the table, or the schema, now. */
  readonly owner?: string | undefined
}

/**
 * CREATE OR REPLACE: a table that is replaced keeps what was granted on it, a view does not. Undefined if
 * there is no such schema.
 */
export function createOrReplaceTable(
  { securables, grants, principals, clock }: Workspace,
  { name, tableType, owner }: SqlTable,
): Securable | undefined {
  const schema = securables.find('schema', name.slice(0, name.lastIndexOf('.')))
  if (schema === undefined) return undefined
  const ownerId = owner === undefined ? undefined : (principals.named(owner)?.id ?? owner)
  const former = securables.find('table', name)
  const entity = entityOfTable(tableType)
  if (former?.entity === 'table' && entity === 'table') {
    Object.assign(former, { facts: { ...former.facts, table_type: tableType }, updatedAt: clock.now() })
    former.owner = ownerId ?? former.owner
    return former
  }
  if (former !== undefined) for (const gone of securables.remove(former)) grants.forget(gone)
  return securables.add({
    type: 'table',
    name,
    owner: ownerId ?? former?.owner ?? schema.owner,
    createdBy: principals.withId(ownerId ?? former?.owner ?? schema.owner)?.name ?? 'System user',
    facts: { table_type: tableType },
  })
}
