import { createHash } from 'node:crypto'

const group = 'rbac.authorization.k8s.io'

/**
 * The Role that lets the operator make tokens of one ServiceAccount, and of no other. It is never among the
 * operator's own rights: who is in charge of the namespace decides it there.
 */
export function tokenRole(wanted: { namespace: string; name: string; operator: string | undefined }): string {
  const { namespace, name, operator } = wanted
  const role = quoted(`lakeward-token-${shortened(name)}`)
  const metadata = `{name: ${role}, namespace: ${quoted(namespace)}}`
  return [
    `apiVersion: ${group}/v1`,
    'kind: Role',
    `metadata: ${metadata}`,
    `rules: [{apiGroups: [""], resources: [serviceaccounts/token], resourceNames: [${quoted(name)}], verbs: [create]}]`,
    '---',
    `apiVersion: ${group}/v1`,
    'kind: RoleBinding',
    `metadata: ${metadata}`,
    `roleRef: {apiGroup: ${group}, kind: Role, name: ${role}}`,
    `subjects: [${subject(operator)}]`,
  ].join('\n')
}

/** A condition has little room, and a name that was only cut could be that of two ServiceAccounts. */
const shortened = (name: string): string =>
  name.length <= 48 ? name : createHash('sha256').update(name).digest('hex').slice(0, 16)

/** Who gets it; when the API server did not tell who we are, a person has to fill that in. */
function subject(operator = 'system:serviceaccount:OPERATORS-NAMESPACE:OPERATORS-NAME'): string {
  const [, namespace, name] = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(operator) ?? []
  return namespace === undefined || name === undefined
    ? `{apiGroup: ${group}, kind: User, name: ${quoted(operator)}}`
    : `{kind: ServiceAccount, name: ${quoted(name)}, namespace: ${quoted(namespace)}}`
}

/** A name may look like a number or a word of its own to a YAML parser. */
const quoted = (name: string): string => JSON.stringify(name)
