/**
 * Which rights the operator needs where, and how to give it those that are missing. Asked before anything else is, so
 * that whoever installs it hears all of them at once and not one after the other.
 */
import { roles, type Permission } from '../generate/roles.ts'
import { firstFew } from '../reconcile/sentences.ts'

/** One verb on one resource in one place. */
export interface Right {
  verb: string
  group: string
  /** With its subresource: `jobspecs/status`. */
  resource: string
  /** Only this object of it. */
  name?: string
  /** Absent: the whole cluster. */
  namespace?: string
  /** The role that gives it. */
  role: string
  /** What becomes of it when it is not given; absent: nothing works. */
  without?: string
}

/** Where the operator is to work. */
export interface Scope {
  /** Absent: all namespaces. */
  namespaces?: readonly string[] | undefined
  leaseNamespace: string
  /** Whether the installation has a name of its own; else it is named by namespace kube-system. */
  isNamed: boolean
}

/** Every right that it takes to work there, from the roles that are installed with us. */
export function rightsFor({ namespaces, leaseNamespace, isNamed }: Scope): Right[] {
  const everywhere = rightsOf('lakeward-operator', undefined)
  const rights =
    namespaces === undefined
      ? everywhere
      : [
          ...namespaces.flatMap((namespace) =>
            rightsOf('lakeward-operator', namespace).filter(({ resource }) => !ofCluster.has(resource)),
          ),
          ...rightsOf('lakeward-operator-cluster', undefined),
        ]
  return [...rights, ...rightsOf('lakeward-operator-lease', leaseNamespace)].flatMap((right) => {
    if (right.resource !== 'namespaces' || right.verb !== 'get') return [right]
    return isNamed ? [] : [{ ...right, name: 'kube-system' }]
  })
}

const permissionsOf = (name: string): readonly Permission[] =>
  roles.find((role) => role.name === name)?.permissions ?? []

/** What is in no namespace: bound in one, a role does not give it. */
const ofCluster = new Set(permissionsOf('lakeward-operator-cluster').flatMap(({ resources }) => resources))

const rightsOf = (role: string, namespace: string | undefined): Right[] =>
  permissionsOf(role).flatMap(({ group, resources, verbs, without }) =>
    resources.flatMap((resource) =>
      verbs.map((verb) => ({
        verb,
        group,
        resource,
        role,
        ...(namespace !== undefined && { namespace }),
        ...(without !== undefined && { without }),
      })),
    ),
  )

/**
 * The question that the API server answers for everybody.
 * https://kubernetes.io/docs/reference/kubernetes-api/authorization-resources/self-subject-access-review-v1/
 */
export function reviewOf({ verb, group, resource, name, namespace }: Right): object {
  const [plural, subresource] = resource.split('/')
  return {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SelfSubjectAccessReview',
    spec: { resourceAttributes: { verb, group, resource: plural, subresource, name, namespace } },
  }
}

/** Rights in words: `in namespace data to get, list jobspecs.lakeward.dev, to patch jobspecs.lakeward.dev/status`. */
export function wordsOf(rights: readonly Right[]): string {
  const places = new Map<string, string[]>()
  for (const [namespace, there] of Map.groupBy(rights, ({ namespace }) => namespace)) {
    const words = whatToDo(there)
    places.set(words, [...(places.get(words) ?? []), ...(namespace === undefined ? [] : [namespace])])
  }
  return [...places].map(([words, namespaces]) => `${where(namespaces)} ${words}`).join('; ')
}

/** Resources with the same verbs together. */
function whatToDo(rights: readonly Right[]): string {
  const byVerbs = new Map<string, string[]>()
  for (const [name, of] of Map.groupBy(rights, nameOf)) {
    const verbs = of.map(({ verb }) => verb).join(', ')
    byVerbs.set(verbs, [...(byVerbs.get(verbs) ?? []), name])
  }
  return [...byVerbs].map(([verbs, names]) => `to ${verbs} ${names.join(', ')}`).join(', ')
}

function nameOf({ group, resource, name }: Right): string {
  const [plural, subresource] = resource.split('/')
  const full = `${plural}${group === '' ? '' : `.${group}`}${subresource === undefined ? '' : `/${subresource}`}`
  return name === undefined ? full : `${full} ${name}`
}

const where = (namespaces: readonly string[]): string => {
  if (namespaces.length === 0) return 'in the whole cluster'
  return `in ${namespaces.length === 1 ? 'namespace' : 'the namespaces'} ${firstFew(namespaces)}`
}

/** What gives the missing rights to whom: commands that are typed as they stand. */
export function commandsFor(rights: readonly Right[], who: string | undefined): string[] {
  const bindings = new Map(
    rights.map(({ role, namespace = '' }) => [`${role} ${namespace}`, { role, namespace }]),
  )
  const files = new Set(rights.map(({ role }) => `-f charts/lakeward/files/${role}.yaml`))
  const subject = subjectOf(who)
  return [
    `kubectl apply ${[...files].join(' ')}`,
    ...[...bindings.values()].map(({ role, namespace }) =>
      namespace === ''
        ? `kubectl create clusterrolebinding ${role} --clusterrole=${role} ${subject}`
        : `kubectl create rolebinding ${role} --namespace=${namespace} --clusterrole=${role} ${subject}`,
    ),
  ]
}

function subjectOf(who: string | undefined): string {
  const [, namespace, name] = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(who ?? '') ?? []
  if (namespace !== undefined && name !== undefined) return `--serviceaccount=${namespace}:${name}`
  return who === undefined ? '--serviceaccount=NAMESPACE:NAME' : `--user=${JSON.stringify(who)}`
}
