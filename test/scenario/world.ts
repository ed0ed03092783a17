import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inject } from 'vitest'
import { parse } from 'yaml'
import { writeKubeconfig, type Server } from '../../src/control-plane/kubeconfig.ts'
import { Watchdog } from '../../src/control-plane/watchdog.ts'
import type { SimulatorOptions } from '../../src/simulator/simulator.ts'
import { ApiServer } from './api-server.ts'
import { Audit } from './audit.ts'
import { Databricks } from './databricks.ts'
import { rightsOf } from './installed.ts'
import { Kubernetes } from './kubernetes.ts'
import { secret, token, workspace } from './manifests.ts'
import { Operator } from './operator.ts'
import { noteUse, wrongRequests } from './rights-in-use.ts'
import { until } from './until.ts'

/** What differs between worlds. */
export interface WorldOptions {
  /** For the workspace that all objects use unless they say otherwise. */
  simulator?: SimulatorOptions
  /** Where it plays; absent: a namespace that nobody has had. */
  namespace?: string
  /** The workspace that all objects use, of a world that was there before; absent: a new one. */
  databricks?: Databricks
  /** The operator's installation has no name; absent: that of the namespace. */
  isUnnamed?: true
  /** Flags of the operator besides those that every scenario needs, or what they depend on. */
  flags?: readonly string[] | ((ground: Ground) => readonly string[])
  /** Environment of the operator besides the one of the tests. */
  environment?: Readonly<Record<string, string>>
  /** Namespaces of others in which the operator works too, by a short name. */
  tenants?: readonly string[]
  /** A Kubernetes of its own, for who breaks it; absent: the one of the whole run. */
  cluster?: () => Promise<Cluster & AsyncDisposable>
  /** What stands between the operator, and nobody else, and the API server. */
  through?: (server: Server) => Promise<Server & AsyncDisposable>
  /** The program that is the operator; absent: what users run. */
  program?: string
  /** Rights that the operator does not have and is meant to ask for, as `create core serviceaccounts/token`. */
  refused?: readonly string[]
}

/** A Kubernetes, by the paths of what leads to it. */
export interface Cluster {
  /** The administrator's. */
  kubeconfig: string
  kubectl: string
  auditLog: string
}

/** What there is before the operator. */
export interface Ground {
  namespace: string
  databricks: Databricks
  /** For files, removed at the end. */
  folder: string
}

interface Access {
  kubeconfig: string
  writeToken: (path: string) => Promise<string>
}

type MakeOperator = (flags: readonly string[]) => Promise<{ operator: Operator }>

const serviceAccount = 'lakeward-operator'

let worlds = 0

/**
 * Everything one story needs, and nothing that another has: a namespace, a Databricks workspace, and an
 * operator that runs as its own program with the ServiceAccount and the roles that the chart renders, and no other
 * rights.
 */
export class World {
  readonly namespace: string
  readonly folder: string
  readonly kubernetes: Kubernetes
  readonly databricks: Databricks
  readonly operator: Operator
  readonly audit: Audit
  /** For what kubectl would take too long for. */
  readonly server: ApiServer
  /** The operator's file, and what puts a new token into one. */
  readonly #access: Access
  readonly #tenants: ReadonlyMap<string, Kubernetes>
  readonly #makeOperator: MakeOperator
  readonly #refused: readonly string[]
  /** What undoes the start, the last step first. */
  readonly #end: AsyncDisposableStack

  private constructor(parts: {
    folder: string
    kubernetes: Kubernetes
    databricks: Databricks
    operator: Operator
    audit: Audit
    server: ApiServer
    access: Access
    tenants: ReadonlyMap<string, Kubernetes>
    makeOperator: MakeOperator
    refused: readonly string[]
    end: AsyncDisposableStack
  }) {
    this.namespace = parts.kubernetes.namespace
    this.folder = parts.folder
    this.kubernetes = parts.kubernetes
    this.databricks = parts.databricks
    this.operator = parts.operator
    this.audit = parts.audit
    this.server = parts.server
    this.#access = parts.access
    this.#tenants = parts.tenants
    this.#makeOperator = parts.makeOperator
    this.#refused = parts.refused
    this.#end = parts.end
  }

  /** The operator works when this returns, and the workspace `default` has been applied. */
  static async start(options: WorldOptions = {}): Promise<World> {
    await using undo = new AsyncDisposableStack()
    worlds += 1
    const { namespace = `world-${process.pid}-${Date.now().toString(36)}-${worlds}` } = options
    const folder = await mkdtemp(join(tmpdir(), 'lakeward-scenario-'))
    undo.defer(() => rm(folder, { recursive: true, force: true }))
    const watchdog = new Watchdog(folder)
    undo.defer(() => watchdog.dismiss())
    const { kubeconfig, kubectl, auditLog } = undo.use(await options.cluster?.()) ?? clusterOfTheRun()
    const server = new ApiServer(kubeconfig)
    undo.defer(() => server.close())
    const at = { server, kubectl, kubeconfig, folder }
    const kubernetes = await Kubernetes.in(namespace, at)
    const tenants = new Map<string, Kubernetes>()
    for (const name of options.tenants ?? [])
      tenants.set(name, await Kubernetes.in(`${namespace}-${name}`, at))
    const namespaces = [namespace, ...[...tenants.values()].map((tenant) => tenant.namespace)]
    for (const one of namespaces) await kubernetes.kubectl(['create', 'namespace', one])
    const rights = await rightsOf(
      { name: namespace, namespace },
      { namespaces, serviceAccount: { name: serviceAccount }, rbac: { people: false } },
    )
    // Each object says itself where it belongs.
    const them = ['--namespace=', '-f', '-']
    await kubernetes.kubectl(['apply', '--server-side', ...them], rights)
    undo.defer(async () => void (await kubernetes.kubectl(['delete', '--wait=false', ...them], rights)))
    const databricks = options.databricks ?? (await Databricks.start(options.simulator))
    if (options.databricks === undefined) undo.defer(() => databricks.stop())

    const { flags = [], environment = {} } = options
    const ownFlags = typeof flags === 'function' ? flags({ namespace, databricks, folder }) : flags
    const through = undo.use(await options.through?.(server)) ?? server
    const flagsOfAll = [
      `--namespaces=${namespaces.join(',')}`,
      ...(options.isUnnamed === true ? [] : [`--instance=${namespace}`]),
      `--lease-namespace=${namespace}`,
      // Long enough for a busy machine; who kills an operator asks for less.
      '--lease-duration=15s',
      '--allow-http',
      '--request-timeout=2s',
      '--attempt-settle=1s',
      '--log-level=debug',
      ...ownFlags,
    ]
    const { program } = options
    const writeToken = (path: string) => writeTokenOfOperator(path, kubernetes, through)
    const makeOperator = async (flags: readonly string[]) => {
      const kubeconfig = join(await mkdtemp(join(folder, 'operator-')), 'kubeconfig')
      const tokenId = await writeToken(kubeconfig)
      const around = { watchdog, environment, tokenId, ...(program !== undefined && { program }) }
      return {
        kubeconfig,
        operator: new Operator([`--kubeconfig=${kubeconfig}`, ...flagsOfAll, ...flags], around),
      }
    }
    const { operator, kubeconfig: ownKubeconfig } = await makeOperator([])
    undo.defer(async () => void (await operator.stop()))
    const user = `system:serviceaccount:${namespace}:${serviceAccount}`
    const audit = await Audit.from({ path: auditLog, server, user })
    await kubernetes.apply(secret('databricks', { token }), workspace('default', databricks.url))
    await operator.start()
    const { refused = [] } = options
    const access = { kubeconfig: ownKubeconfig, writeToken }
    const made = { access, tenants, makeOperator, refused }
    const parts = { folder, kubernetes, databricks, operator, audit, server, ...made }
    return new World({ ...parts, end: undo.move() })
  }

  /** The file that tells the operator its way in. */
  get kubeconfig(): string {
    return this.#access.kubeconfig
  }

  /** The namespace of somebody else. */
  tenant(name: string): Kubernetes {
    const tenant = this.#tenants.get(name)
    if (tenant === undefined) throw new Error(`this world has no tenant ${name}`)
    return tenant
  }

  /**
   * Revokes the operator's token: its ServiceAccount is another one of the same name, and rights. Returns once the
   * server refuses it, which remembers a good one for some seconds.
   */
  async revokeToken(): Promise<void> {
    const { users } = parse(await readFile(this.#access.kubeconfig, 'utf8')) as {
      users: [{ user: { token: string } }]
    }
    const { token } = users[0].user
    await this.kubernetes.kubectl(['delete', 'serviceaccount', serviceAccount])
    await this.kubernetes.kubectl(['create', 'serviceaccount', serviceAccount])
    await until('the token is refused', async () => {
      const { code } = await this.kubernetes.tryKubectl(['auth', 'whoami', `--token=${token}`])
      return code !== 0
    })
  }

  /** Puts a new token where the operator finds its own. */
  async replaceToken(): Promise<void> {
    await this.#access.writeToken(this.#access.kubeconfig)
  }

  /** Everything that was ever heard of objects, in all namespaces. */
  everythingSeen(): unknown[] {
    return [this.kubernetes, ...this.#tenants.values()].flatMap(({ seen }) => seen.all())
  }

  /** What the lint of statuses has found since it was last asked, in all namespaces. */
  takeProblems(): string[] {
    return [this.kubernetes, ...this.#tenants.values()].flatMap(({ seen }) => seen.takeProblems())
  }

  /** Another operator with the same flags, and more, and a token of its own; to be started. */
  async anotherOperator(flags: readonly string[] = []): Promise<Operator> {
    const { operator } = await this.#makeOperator(flags)
    this.#end.defer(async () => void (await operator.stop()))
    return operator
  }

  /** Another Databricks workspace. */
  async anotherDatabricks(options: SimulatorOptions = {}): Promise<Databricks> {
    return this.#end.adopt(await Databricks.start(options), (databricks) => databricks.stop())
  }

  /** What the operator must not have asked of Kubernetes; what it was right to ask for is noted. */
  async takeWrongRequests(): Promise<string[]> {
    const entries = await this.audit.all()
    await noteUse(entries)
    return wrongRequests(entries, this.#refused)
  }

  /** Ends all programs. The namespace stays, without an effect on others: it goes with the API server. */
  stop(): Promise<void> {
    return this.#end.disposeAsync()
  }
}

const clusterOfTheRun = (): Cluster => ({
  kubeconfig: inject('kubeconfig'),
  kubectl: inject('kubectl'),
  auditLog: inject('auditLog'),
})

/** The operator's own way in: a token of its ServiceAccount, as each pod would have one. Returns the token's id. */
async function writeTokenOfOperator(path: string, kubernetes: Kubernetes, server: Server): Promise<string> {
  const token = (await kubernetes.kubectl(['create', 'token', serviceAccount])).trim()
  await writeKubeconfig(path, server, { name: serviceAccount, token, namespace: kubernetes.namespace })
  const [, claims = ''] = token.split('.')
  const { jti } = JSON.parse(Buffer.from(claims, 'base64url').toString()) as { jti: string }
  return `JTI=${jti}`
}
