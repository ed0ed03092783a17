/*
 * How Unity Catalog spells and counts privileges.
 * https://docs.databricks.com/api/workspace/grants/get
 */

/** The API answers UPPER_SNAKE and takes blanks and lower case too: one spelling on both sides. */
export const normalPrivilege = (privilege: string): string =>
  privilege.trim().toUpperCase().replaceAll(' ', '_')

/** Stands for every privilege that the type of a securable has, but for a few. */
export const allPrivileges = 'ALL_PRIVILEGES'

/** What somebody holds who holds that alone. */
export const everything: ReadonlySet<string> = new Set([allPrivileges])

/** Not part of ALL_PRIVILEGES: they let others grant, or read from outside. */
const apart = new Set(['MANAGE', 'EXTERNAL_USE_SCHEMA', 'EXTERNAL_USE_LOCATION', allPrivileges])

/** Whether somebody who holds `held` needs no grant of this privilege. */
export const isCovered = (privilege: string, held: ReadonlySet<string>): boolean =>
  held.has(privilege) || (held.has(allPrivileges) && !apart.has(privilege))

/** Whether a privilege says nothing beside ALL_PRIVILEGES. */
export const isRedundant = (privilege: string, held: ReadonlySet<string>): boolean =>
  held.has(allPrivileges) && !apart.has(privilege)

const containers = [
  'APPLY_TAG',
  'CREATE_FUNCTION',
  'CREATE_TABLE',
  'CREATE_VOLUME',
  'EXECUTE',
  'MODIFY',
  'READ_VOLUME',
  'SELECT',
  'USE_SCHEMA',
  'WRITE_VOLUME',
]

/** What ALL_PRIVILEGES includes at least, by the type of a securable. */
const included: Readonly<Record<string, readonly string[]>> = {
  catalog: [...containers, 'CREATE_CONNECTION', 'CREATE_SCHEMA', 'USE_CATALOG'],
  schema: containers,
  table: ['APPLY_TAG', 'MODIFY', 'SELECT'],
  volume: ['APPLY_TAG', 'READ_VOLUME', 'WRITE_VOLUME'],
  function: ['EXECUTE'],
  external_location: [
    'CREATE_EXTERNAL_TABLE',
    'CREATE_EXTERNAL_VOLUME',
    'CREATE_MANAGED_STORAGE',
    'READ_FILES',
    'WRITE_FILES',
  ],
  storage_credential: ['CREATE_EXTERNAL_LOCATION', 'CREATE_EXTERNAL_TABLE', 'READ_FILES', 'WRITE_FILES'],
  credential: ['ACCESS'],
  connection: ['CREATE_CONNECTION', 'CREATE_FOREIGN_CATALOG', 'USE_CONNECTION'],
}

/**
 * What somebody holds to whom ALL_PRIVILEGES was given, with that in the place of what it includes: Databricks keeps it
 * as one entry, but has been seen to read it back as each of them. What is not part of it stays.
 */
export function inOneWord(type: string, held: readonly string[]): string[] {
  const parts = included[type.toLowerCase()] ?? []
  const isAll = parts.length > 0 && parts.every((privilege) => held.includes(privilege))
  return isAll && !held.includes(allPrivileges)
    ? [allPrivileges, ...held.filter((privilege) => !isRedundant(privilege, everything))]
    : [...held]
}

const applicationId = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** E-mail addresses and application ids have no case; names of groups do. */
export const principalKey = (principal: string): string =>
  principal.includes('@') || applicationId.test(principal) ? principal.toLowerCase() : principal

/** A securable as parts, messages and paths name it; Unity Catalog keeps names in lower case. */
export const securableKey = ({ type, name }: { type: string; name: string }): string =>
  `${type} ${name.toLowerCase()}`
