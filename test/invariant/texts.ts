import { formatJson } from '../../src/databricks/json.ts'
import { resources } from '../../src/kinds/resources.ts'
import type { LoggedRequest } from '../../src/simulator/http/request-log.ts'
import type { Entry } from './pool.ts'

/** Where the API server has it. */
export function pathOf({ kind, namespace, name }: Entry): string {
  const resource = resources.find((one) => one.kind === kind)
  if (resource === undefined) throw new Error(`there is no kind ${kind}`)
  const { group, version, plural } = resource
  return `/apis/${group}/${version}/namespaces/${namespace}/${plural}/${name}`
}

/** JSON in which the order of members means nothing. */
export const sortedText = (value: object): string =>
  JSON.stringify(value, (_name, member: unknown) =>
    typeof member === 'object' && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : member,
  )

/** A call to Databricks in one line. */
export const callText = ({ method, path, query, body }: LoggedRequest): string =>
  `${method} ${path} ${formatJson({ query, body })}`
