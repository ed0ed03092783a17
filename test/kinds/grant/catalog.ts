import type { JsonObject } from '../../../src/databricks/json.ts'
import type { Called } from '../../reconcile/door.ts'
import { aFailure } from '../../reconcile/fixtures.ts'

/** What one principal gets and loses in one call. */
export interface Change {
  principal: string
  add?: string[]
  remove?: string[]
}

/** Unity Catalog, as far as grants go: removals first, and without ALL_PRIVILEGES nothing remains. */
export class Catalog {
  readonly grants = new Map<string, Map<string, string[]>>()
  readonly patches: { path: string; changes: Change[] }[] = []

  /** Changes are answered and not to be seen yet. */
  lagging = false

  on(path: string, holds: Record<string, string[]>): this {
    this.grants.set(path, new Map(Object.entries(holds)))
    return this
  }

  answer({ call, body }: Called): JsonObject | Error {
    const [method = '', path = ''] = call.replace('/api/2.1/unity-catalog/permissions/', '').split(' ')
    const held = this.grants.get(path)
    if (held === undefined) return aFailure({ kind: 'Missing', status: 404, code: 'SCHEMA_DOES_NOT_EXIST' })
    if (method === 'PATCH') {
      const changes = body?.['changes'] as unknown as Change[]
      this.patches.push({ path, changes })
      if (this.lagging) return { privilege_assignments: [] }
      for (const { principal, add = [], remove = [] } of changes) {
        const before = remove.includes('ALL_PRIVILEGES') ? [] : (held.get(principal) ?? [])
        const left = before.filter((one) => !remove.includes(one))
        held.set(principal, [...new Set([...left, ...add])])
      }
    }
    return {
      privilege_assignments: [...held]
        .filter(([, privileges]) => privileges.length > 0)
        .map(([principal, privileges]) => ({ principal, privileges })),
    }
  }
}
