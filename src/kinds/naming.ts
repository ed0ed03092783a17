/** `nodeTypeId` → `node_type_id`: how Databricks spells a field of ours, unless the schema says otherwise. */
export const toSnakeCase = (name: string): string =>
  name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)

/** `node_type_id` → `nodeTypeId`: how a manifest spells a Databricks field. */
export const toCamelCase = (name: string): string =>
  name.replaceAll(/_([a-z])/g, (_underscored, letter: string) => letter.toUpperCase())
