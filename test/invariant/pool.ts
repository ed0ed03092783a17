import { anyCluster, type Secrets } from './any-cluster.ts'
import { anyGrant, securables, type Securable } from './any-grant.ts'
import { anyJob } from './any-job.ts'
import type { Chance } from './chance.ts'

export type KindName = 'JobSpec' | 'DatabricksCluster' | 'CatalogGrant'

/** A manifest of the pool, with what a test has to know of it. */
export interface Entry {
  kind: KindName
  name: string
  namespace: string
  /** The DatabricksWorkspace it lives in, both of which are in the namespace of the world. */
  workspace: WorkspaceName
  spec: Record<string, unknown>
}

export const workspaceNames = ['default', 'second'] as const
export type WorkspaceName = (typeof workspaceNames)[number]

/** Where manifests may stand. */
export interface Places {
  /** Owns both workspaces. */
  home: string
  /** Other namespaces, each of which may use `default` as `accessOf` says. */
  tenants: readonly string[]
}

/** Whom the jobs of tenants run as: the only one whose rights they are lent. */
export const lentPrincipal = 'ben@example.com'

/** On what tenants may grant privileges. */
const lentSecurables: readonly Securable[] = securables.filter(({ name }) => name.startsWith('main.bronze'))

/** What `default` gives to its tenants. */
export const accessOf = ({ tenants }: Places): object[] => [
  {
    namespaces: { names: tenants },
    kinds: ['JobSpec', 'DatabricksCluster', 'CatalogGrant'],
    runAs: [{ userName: lentPrincipal }],
    securables: [{ type: 'schema', name: 'main.bronze' }],
  },
]

/** What `second` adds to what is made in it. */
export const defaultsOfSecond = {
  tags: { 'managed-by': 'lakeward' },
  permissions: {
    jobs: [{ groupName: 'data engineers', permissionLevel: 'CAN_MANAGE_RUN' }],
    clusters: [{ groupName: 'data engineers', permissionLevel: 'CAN_RESTART' }],
  },
}

/** How many there are in each namespace and workspace. */
export interface Size {
  clusters: number
  jobs: number
  grants: number
}

/** Makes manifests of all kinds that the API server, the operator and Databricks all accept. */
export class Pool {
  readonly entries: Entry[] = []
  /** Also those that were removed. */
  readonly ever: Entry[] = []
  readonly #chance: Chance
  readonly #places: Places
  readonly #secrets: Secrets
  #made = 0

  constructor({
    chance,
    places,
    secrets,
    size,
  }: {
    chance: Chance
    places: Places
    secrets: Secrets
    size: Size
  }) {
    this.#chance = chance
    this.#places = places
    this.#secrets = secrets
    const quarters = [
      ...workspaceNames.map((workspace) => ({ namespace: places.home, workspace })),
      ...places.tenants.map((namespace) => ({ namespace, workspace: 'default' as const })),
    ]
    for (const quarter of quarters) {
      for (let index = 0; index < size.clusters; index += 1) this.add('DatabricksCluster', quarter)
      for (let index = 0; index < size.jobs; index += 1) this.add('JobSpec', quarter)
      for (let index = 0; index < size.grants; index += 1) this.add('CatalogGrant', quarter)
    }
  }

  /** How many there have been. */
  get made(): number {
    return this.#made
  }

  /** One more manifest. */
  add(kind: KindName, { namespace, workspace }: Pick<Entry, 'namespace' | 'workspace'>): Entry {
    this.#made += 1
    const name = `${kind.toLowerCase()}-${this.#made}`
    const entry: Entry = { kind, name, namespace, workspace, spec: {} }
    entry.spec = this.#specOf(entry)
    this.entries.push(entry)
    this.ever.push(entry)
    return entry
  }

  /** A manifest somewhere, of any kind. */
  addAny(): Entry {
    const { namespace, workspace } = this.#chance.pick(this.entries)
    return this.add(this.#chance.pick(['JobSpec', 'DatabricksCluster', 'CatalogGrant']), {
      namespace,
      workspace,
    })
  }

  /** The same manifest with another content, as after weeks of edits. */
  edit(entry: Entry): Entry {
    entry.spec = this.#specOf(entry)
    return entry
  }

  /** Whether others refer to it, so that it must not go before them. */
  isNeeded({ name, namespace }: Entry): boolean {
    return this.entries.some(
      (one) => one.namespace === namespace && JSON.stringify(one.spec).includes(`Ref":{"name":"${name}"}`),
    )
  }

  remove(entry: Entry): void {
    this.entries.splice(this.entries.indexOf(entry), 1)
  }

  #specOf(entry: Entry): Record<string, unknown> {
    const spec = this.#contentOf(entry)
    const reference = this.#referenceOf(entry)
    return reference === undefined ? spec : { ...spec, workspaceRef: reference }
  }

  #contentOf(entry: Entry): Record<string, unknown> {
    const chance = this.#chance
    const isTenant = entry.namespace !== this.#places.home
    const mode = isTenant ? 'Shared' : 'Any'
    switch (entry.kind) {
      case 'DatabricksCluster':
        return anyCluster(chance, this.#secrets, { name: this.#remoteName(entry), mode })
      case 'JobSpec':
        return anyJob(chance, this.#secrets, {
          name: this.#remoteName(entry),
          clusters: this.#neighbours(entry, 'DatabricksCluster'),
          jobs: this.#neighbours(entry, 'JobSpec'),
          mode,
          ...(isTenant ? { runAs: { userName: lentPrincipal } } : {}),
        })
      case 'CatalogGrant':
        return anyGrant(chance, isTenant ? lentSecurables : securables)
      default:
        return entry.kind satisfies never
    }
  }

  /** Names need not be unique in Databricks, and people use the good ones again. */
  #remoteName({ name }: Entry): string {
    return this.#chance.percent(30) ? 'nightly' : name
  }

  /** What a job may refer to: older than itself, so that nobody waits for himself. */
  #neighbours(entry: Entry, kind: KindName): string[] {
    const own = this.entries.indexOf(entry)
    const older = own === -1 ? this.entries : this.entries.slice(0, own)
    return older
      .filter(
        (one) => one.kind === kind && one.namespace === entry.namespace && one.workspace === entry.workspace,
      )
      .filter((one) => kind !== 'JobSpec' || levelOf(one) < levelOf(entry))
      .map(({ name }) => name)
  }

  #referenceOf({ namespace, workspace }: Entry): object | undefined {
    if (namespace !== this.#places.home) return { name: workspace, namespace: this.#places.home }
    return workspace === 'default' ? undefined : { name: workspace }
  }
}

/** Jobs run jobs of a lower level only, whatever is edited: Databricks refuses more than three on top of each other. */
const levelOf = ({ name }: Entry): number => Number(/\d+$/.exec(name)?.[0]) % 3

/** As kubectl takes it. */
export const manifestOf = ({ kind, name, namespace, spec }: Entry) => ({
  apiVersion: 'lakeward.dev/v1beta1',
  kind,
  metadata: { name, namespace },
  spec,
})

/** Remembers each secret that it made, to look for it everywhere. */
export class SecretsOfRun implements Secrets {
  readonly made: string[] = []
  readonly #chance: Chance

  constructor(chance: Chance) {
    this.#chance = chance
  }

  make(): string {
    // Nothing about it looks like a secret, so that only who knows what it is can keep it to himself.
    const secret = `quiet-heron-${this.#chance.text(10)}`
    this.made.push(secret)
    return secret
  }
}
