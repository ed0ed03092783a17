import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { CommandResult } from '../../src/control-plane/command.ts'
import { startControlPlane, type ControlPlane } from '../../src/control-plane/control-plane.ts'
import { mustKubectl } from '../../src/control-plane/kubectl.ts'
import { Watchdog } from '../../src/control-plane/watchdog.ts'
import { chart, runHelm, runHelmWith, type Rendered, type Values } from '../chart/chart.ts'
import type { Deployment } from '../chart/deployment.ts'
import { ApiServer } from './api-server.ts'
import { Audit } from './audit.ts'
import { Kubernetes } from './kubernetes.ts'
import { Operator } from './operator.ts'

/** Where the release is, and whom it admits: restricted pods. */
const namespace = 'lakeward'
const serviceAccount = 'lakeward-operator'
const restricted = ['enforce', 'warn'].map((mode) => `pod-security.kubernetes.io/${mode}=restricted`)

/**
 * A cluster of its own that knows nothing of Lakeward but what helm brings, and the operator as the Deployment
 * there calls it.
 */
export class Installation implements AsyncDisposable {
  readonly namespace = namespace
  readonly user = `system:serviceaccount:${namespace}:${serviceAccount}`
  readonly folder: string
  readonly server: ApiServer
  readonly #plane: ControlPlane
  readonly #watchdog: Watchdog
  readonly #end: AsyncDisposableStack

  private constructor(at: {
    folder: string
    server: ApiServer
    plane: ControlPlane
    watchdog: Watchdog
    end: AsyncDisposableStack
  }) {
    this.folder = at.folder
    this.server = at.server
    this.#plane = at.plane
    this.#watchdog = at.watchdog
    this.#end = at.end
  }

  /** With these namespaces, each of which admits restricted pods only. */
  static async start(...namespaces: string[]): Promise<Installation> {
    await using undo = new AsyncDisposableStack()
    const folder = await mkdtemp(join(tmpdir(), 'lakeward-installation-'))
    undo.defer(() => rm(folder, { recursive: true, force: true }))
    const watchdog = new Watchdog(folder)
    undo.defer(() => watchdog.dismiss())
    const plane = await startControlPlane({ manifests: false, progress: () => undefined })
    undo.defer(() => plane.stop())
    const server = new ApiServer(plane.kubeconfig)
    undo.defer(() => server.close())
    for (const name of [namespace, ...namespaces]) {
      await mustKubectl(plane.kubectl, ['create', 'namespace', name])
      await mustKubectl(plane.kubectl, ['label', 'namespace', name, ...restricted])
    }
    return new Installation({ folder, server, plane, watchdog, end: undo.move() })
  }

  /** Runs helm in the release's namespace. */
  helm(args: readonly string[], values?: Values): Promise<CommandResult> {
    const environment = { ...process.env, KUBECONFIG: this.#plane.kubeconfig, HOME: this.folder }
    const all = [...args, '--namespace', namespace]
    return values === undefined ? runHelm(all, environment) : runHelmWith(values, all, environment)
  }

  /** A copy of the chart in which one thing is another. */
  async changedChart(file: string, from: string, to: string): Promise<string> {
    const copy = await mkdtemp(join(this.folder, 'chart-'))
    await cp(chart, copy, { recursive: true })
    const text = await readFile(join(copy, file), 'utf8')
    if (!text.includes(from)) throw new Error(`${file} has no ${from}`)
    await writeFile(join(copy, file), text.replace(from, to))
    return copy
  }

  kubectl(args: readonly string[]): Promise<string> {
    return mustKubectl(this.#plane.kubectl, args)
  }

  /** What the server says to objects that it is asked to take and not to keep. */
  dryRun(objects: readonly Rendered[]): Promise<CommandResult> {
    const args = ['apply', '--server-side', '--force-conflicts', '--dry-run=server', '-f', '-']
    return this.#plane.kubectl(args, { input: objects.map((object) => JSON.stringify(object)).join('\n') })
  }

  /** Whether the release's ServiceAccount may do this, such as `get secrets data`. */
  async may(right: string): Promise<boolean> {
    const [verb = '', resource = '', namespace = ''] = right.split(' ')
    const who = ['--as', this.user, '--namespace', namespace]
    const { stdout } = await this.#plane.kubectl(['auth', 'can-i', verb, resource, ...who])
    return stdout.trim() === 'yes'
  }

  /** One namespace as people use it; its objects are followed from now on. */
  in(namespace: string): Promise<Kubernetes> {
    const { kubeconfig, binaries } = this.#plane
    return Kubernetes.in(namespace, {
      server: this.server,
      kubectl: binaries.kubectl,
      kubeconfig,
      folder: this.folder,
    })
  }

  /** What the operator is asked for here, from now on. */
  audit(): Promise<Audit> {
    return Audit.from({ path: this.#plane.auditLog, server: this.server, user: this.user })
  }

  /** The Deployment that helm has made. */
  async deployment(): Promise<Deployment> {
    const get = ['get', 'deployment', 'lakeward', '--namespace', namespace, '--output', 'json']
    return JSON.parse(await this.kubectl(get)) as Deployment
  }

  /**
   * The operator under the release's ServiceAccount and with the arguments of its pods. On one machine it takes any
   * free port, and it is told what a pod finds in a file.
   */
  async operator(): Promise<Operator> {
    const { args } = (await this.deployment()).spec.template.spec.containers[0]
    const kubeconfig = await this.#plane.kubeconfigFor({ namespace, serviceAccount })
    const all = [
      ...args.slice(1),
      `--kubeconfig=${kubeconfig}`,
      `--lease-namespace=${namespace}`,
      '--health-port=0',
    ]
    return this.#end.adopt(
      new Operator(all, { watchdog: this.#watchdog, environment: {} }),
      async (operator) => void (await operator.stop()),
    )
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#end.disposeAsync()
  }
}
