/*
 * How Unity Catalog spells and counts privileges.
 * https://docs.databricks.com/api/workspace/grants/get
 */

/** The API answers UPPER_SNAKE and takes blanks and lower case too: one spelling on both sides. */
export const normalPrivilege = (privilege: string): string =>
  privilege.trim().toUpperCase().replaceAll(' ', '_')

/** Stands for every privilege that the type of a securable has, but for a few. */
export const allPrivileges = 'ALL_PRIVILEGES'

/** Not part of ALL_PRIVILEGES: they let others grant, or read from outside. */
const apart = new Set(['MANAGE', 'EXTERNAL_USE_SCHEMA', 'EXTERNAL_USE_LOCATION', allPrivileges])

/** Whether somebody who holds `held` needs no grant of this privilege. */
export const isCovered = (privilege: string, held: ReadonlySet<string>): boolean =>
  held.has(privilege) || (held.has(allPrivileges) && !apart.has(privilege))

/** Whether a privilege says nothing beside ALL_PRIVILEGES. */
export const isRedundant = (privilege: string, held: ReadonlySet<string>): boolean =>
  held.has(allPrivileges) && !apart.has(privilege)

const applicationId = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** E-mail addresses and application ids have no case; names of groups do. */
export const principalKey = (principal: string): string =>
  principal.includes('@') || applicationId.test(principal) ? principal.toLowerCase() : principal

/** A securable as parts, messages and paths name it; Unity Catalog keeps names in lower case. */
export const securableKey = ({ type, name }: { type: string; name: string }): string =>
  `${type} ${name.toLowerCase()}`
