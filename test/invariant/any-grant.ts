import type { Chance } from './chance.ts'

/** A securable of the workspaces' content. */
export interface Securable {
  type: 'catalog' | 'schema' | 'table' | 'volume'
  name: string
}

export const securables: readonly Securable[] = [
  { type: 'catalog', name: 'main' },
  { type: 'schema', name: 'main.bronze' },
  { type: 'schema', name: 'main.silver' },
  { type: 'schema', name: 'main.gold' },
  { type: 'table', name: 'main.silver.orders' },
  { type: 'table', name: 'main.silver.customers' },
  { type: 'volume', name: 'main.bronze.landing' },
]

/** What can be granted where. ALL_PRIVILEGES stands for others and is a story of its own. */
const privileges = {
  catalog: ['USE_CATALOG', 'CREATE_SCHEMA', 'USE_SCHEMA', 'SELECT'],
  schema: ['USE_SCHEMA', 'SELECT', 'MODIFY', 'CREATE_TABLE', 'EXECUTE'],
  table: ['SELECT', 'MODIFY'],
  volume: ['READ_VOLUME', 'WRITE_VOLUME'],
} as const

const principals = ['analysts', 'data engineers', 'ben@example.com']

/** Privileges on one or two securables of one type; other manifests may want the same ones. */
export function anyGrant(chance: Chance, choice: readonly Securable[]): Record<string, unknown> {
  const { type } = chance.pick(choice)
  const these = chance.some(
    choice.filter((one) => one.type === type),
    chance.between(1, 2),
  )
  return {
    securables: these,
    grants: chance.some(principals, chance.between(1, 2)).map((principal) => ({
      principal,
      privileges: chance.some<string>(privileges[type], chance.between(1, 3)),
    })),
  }
}
