import { resources } from '../kinds/resources.ts'

/** One line of a role: what may be done to which resources. */
export interface Permission {
  readonly group: string
  readonly resources: readonly string[]
  readonly verbs: readonly string[]
  /** Why it is needed. */
  readonly why: string
  /** What becomes of it when it is not given; absent: nothing works. */
  readonly without?: string
}

/** A role that the chart and the control plane install. */
export interface Role {
  readonly name: string
  readonly description: string
  /** The roles of Kubernetes that take it in: whoever may edit a namespace may edit these there. */
  readonly aggregatedTo: readonly ('view' | 'edit' | 'admin')[]
  readonly permissions: readonly Permission[]
}

const group = 'lakeward.dev'
const all = resources.map(({ plural }) => plural)
const statuses = all.map((plural) => `${plural}/status`)

/**
 * What a team may write itself. A DatabricksWorkspace lends out credentials and a CatalogGrant gives rights
 * away, so neither comes with the right to edit a namespace.
 */
const teams = ['databricksclusters', 'jobspecs']

const writing = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch']

/** What is asked of the whole cluster, wherever the operator works. */
const ofCluster: readonly Permission[] = [
  {
    group: '',
    resources: ['namespaces'],
    verbs: ['get', 'list', 'watch'],
    why: 'get names the installation by kube-system; list and watch tell labels, by which a workspace may select who uses it',
  },
  {
    group: 'apiextensions.k8s.io',
    resources: ['customresourcedefinitions'],
    verbs: ['get'],
    why: 'tells at the start whether our kinds are those that it writes by, and leaves the remote objects alone while they are being removed',
  },
]

/** Every role there is: the one table. */
export const roles: readonly Role[] = [
  {
    name: 'lakeward-operator',
    description: 'What the operator itself may do.',
    aggregatedTo: [],
    permissions: [
      {
        group,
        resources: all,
        verbs: ['get', 'list', 'watch', 'patch'],
        why: 'reads manifests; patch sets and removes its finalizer',
      },
      { group, resources: statuses, verbs: ['patch'], why: 'writes status, nothing else of an object' },
      {
        group: '',
        resources: ['secrets'],
        verbs: ['get'],
        why: 'reads credentials by name; a list or a watch would show every Secret',
        without: 'workspaces there whose credentials are in a Secret wait',
      },
      {
        group: 'events.k8s.io',
        resources: ['events'],
        verbs: ['create', 'patch'],
        why: 'tells what it did',
        without: 'only status and log tell what it did there',
      },
      ...ofCluster,
    ],
  },
  {
    name: 'lakeward-operator-cluster',
    description:
      'With --namespaces, all that the operator needs of the whole cluster; lakeward-operator is then bound in each of the namespaces.',
    aggregatedTo: [],
    permissions: ofCluster,
  },
  {
    name: 'lakeward-operator-lease',
    description: 'Which of several replicas leads; bound in the namespace of the Lease only.',
    aggregatedTo: [],
    permissions: [
      {
        group: 'coordination.k8s.io',
        resources: ['leases'],
        verbs: ['get', 'create', 'update'],
        why: 'takes, renews and gives back the lease of the one that works',
      },
    ],
  },
  {
    name: 'lakeward-edit',
    description: 'Write clusters and jobs.',
    aggregatedTo: ['edit', 'admin'],
    permissions: [
      {
        group,
        resources: teams,
        verbs: writing,
        why: 'what a team keeps in its namespace',
      },
      {
        group,
        resources: teams.map((plural) => `${plural}/status`),
        verbs: ['get'],
        why: 'reads the outcome',
      },
    ],
  },
  {
    name: 'lakeward-admin',
    description: 'Write every kind, workspaces and grants too.',
    aggregatedTo: [],
    permissions: [
      {
        group,
        resources: all,
        verbs: writing,
        why: 'who writes a workspace says what its credentials are used for, and a grant gives rights away: no role of Kubernetes takes this in',
      },
      { group, resources: statuses, verbs: ['get'], why: 'reads the outcome' },
    ],
  },
  {
    name: 'lakeward-approve',
    description: 'Let held changes and deletions go out.',
    aggregatedTo: [],
    permissions: [
      {
        group,
        resources: all,
        verbs: ['approve', 'get', 'list', 'patch', 'watch'],
        why: 'the policy approval asks for the verb approve; patch sets the annotation, and without update it changes nothing else',
      },
      { group, resources: statuses, verbs: ['get'], why: 'shows what is held, and its hash' },
    ],
  },
  {
    name: 'lakeward-view',
    description: 'Read manifests and their status.',
    aggregatedTo: ['view', 'edit', 'admin'],
    permissions: [
      { group, resources: all, verbs: ['get', 'list', 'watch'], why: 'none of our kinds holds a secret' },
      { group, resources: statuses, verbs: ['get'], why: 'reads the outcome' },
    ],
  },
]

/** A role as Kubernetes takes it. */
export function clusterRole({ name, description, aggregatedTo, permissions }: Role) {
  const labels = aggregatedTo.map((role) => [`rbac.authorization.k8s.io/aggregate-to-${role}`, 'true'])
  return {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRole',
    metadata: {
      name,
      ...(labels.length === 0 ? {} : { labels: Object.fromEntries(labels) as Record<string, string> }),
      annotations: { 'lakeward.dev/description': description },
    },
    rules: permissions.map(({ group, resources, verbs }) => ({
      apiGroups: [group],
      resources: [...resources],
      verbs: [...verbs],
    })),
  }
}
