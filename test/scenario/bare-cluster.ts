import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startControlPlane, type ControlPlane } from '../../src/control-plane/control-plane.ts'
import { mustKubectl } from '../../src/control-plane/kubectl.ts'
import { Watchdog } from '../../src/control-plane/watchdog.ts'
import { Operator } from './operator.ts'
import { until } from './until.ts'

/** A Kubernetes in which nothing of ours is installed, and a ServiceAccount that may do nothing. */
export class BareCluster {
  readonly folder: string
  readonly #controlPlane: ControlPlane
  readonly #watchdog: Watchdog
  readonly #end: AsyncDisposableStack

  private constructor(parts: {
    folder: string
    controlPlane: ControlPlane
    watchdog: Watchdog
    end: AsyncDisposableStack
  }) {
    this.folder = parts.folder
    this.#controlPlane = parts.controlPlane
    this.#watchdog = parts.watchdog
    this.#end = parts.end
  }

  static async start(): Promise<BareCluster> {
    await using undo = new AsyncDisposableStack()
    const folder = await mkdtemp(join(tmpdir(), 'lakeward-bare-'))
    undo.defer(() => rm(folder, { recursive: true, force: true }))
    const watchdog = new Watchdog(folder)
    undo.defer(() => watchdog.dismiss())
    const controlPlane = await startControlPlane({ manifests: false, progress: () => undefined })
    undo.defer(() => controlPlane.stop())
    const cluster = new BareCluster({ folder, controlPlane, watchdog, end: undo.move() })
    await cluster.type('kubectl create namespace lakeward')
    await cluster.type('kubectl create serviceaccount operator --namespace lakeward')
    return cluster
  }

  get url(): string {
    return this.#controlPlane.url
  }

  /** Runs a line as the administrator types it in the project's folder. */
  async type(line: string): Promise<string> {
    const [program, ...args] = line.split(' ')
    if (program !== 'kubectl') throw new Error(`not a command for kubectl: ${line}`)
    return mustKubectl(this.#controlPlane.kubectl, args)
  }

  /** `kubectl apply` of manifests. */
  async apply(...manifests: object[]): Promise<void> {
    const input = manifests.map((manifest) => JSON.stringify(manifest)).join('\n')
    const { code, stderr } = await this.#controlPlane.kubectl(['apply', '-f', '-'], { input })
    if (code !== 0) throw new Error(stderr)
  }

  /** A kubeconfig of the operator's ServiceAccount. */
  kubeconfig(): Promise<string> {
    return this.#controlPlane.kubeconfigFor({ namespace: 'lakeward', serviceAccount: 'operator' })
  }

  /** Starts the operator as somebody who waits for nothing. */
  async operator(kubeconfig: string, ...flags: string[]): Promise<StartingOperator> {
    const healthPort = await freePort()
    const args = [`--kubeconfig=${kubeconfig}`, `--health-port=${healthPort}`, '--allow-http', ...flags]
    const operator = new Operator(args, { watchdog: this.#watchdog, environment: {} })
    const working = operator.start()
    // A test that does not wait for it ends it before.
    working.catch(() => undefined)
    const stop = () => operator.stop()
    const end = async () => void (await stop())
    return { working, stop, ...views(operator, healthPort), [Symbol.asyncDispose]: end }
  }

  stop(): Promise<void> {
    return this.#end.disposeAsync()
  }
}

/** The operator between its start and its work. */
interface StartingOperator extends AsyncDisposable {
  /** Rejects when it ends before it works. */
  working: Promise<void>
  /** Asks it to stop, and returns its exit code. */
  stop(): Promise<number | null>
  /** All that it wrote, line by line. */
  words(): readonly string[]
  /** What it has said at the level `warn` and above, and that something is over. */
  said(): string[]
  /** The first thing it says that matches. */
  says(words: RegExp): Promise<string>
  /** Status and text at a path. */
  asked(path: string): Promise<[number, string]>
}

function views(
  operator: Operator,
  port: number,
): Pick<StartingOperator, 'words' | 'said' | 'says' | 'asked'> {
  const said = () =>
    operator.log
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as { level: string; msg: string })
      .filter(({ level, msg }) => level === 'warn' || level === 'error' || /mended|again$/.test(msg))
      .map(({ msg }) => msg)
  return {
    words: () => operator.log,
    said,
    says: (words) =>
      until(`it says ${words}`, () => {
        const line = said().find((line) => words.test(line))
        if (line === undefined) throw new Error(operator.log.slice(-5).join('\n'))
        return line
      }),
    asked: async (path) => {
      const response = await fetch(`http://127.0.0.1:${port}${path}`)
      return [response.status, (await response.text()).trim()]
    },
  }
}

/** A way to a server that can be closed and opened. */
export class Way {
  readonly port: number
  readonly #to: number
  readonly #open = new Set<Socket>()
  #server: Server | undefined

  constructor(port: number, to: string) {
    this.port = port
    this.#to = Number(new URL(to).port)
  }

  static async to(url: string): Promise<Way> {
    return new Way(await freePort(), url)
  }

  async open(): Promise<void> {
    this.#server = createServer((near) => {
      const far = connect(this.#to, '127.0.0.1')
      for (const [one, other] of [
        [near, far],
        [far, near],
      ] as const) {
        this.#open.add(one)
        one.pipe(other)
        one.on('error', () => other.destroy())
        one.on('close', () => {
          this.#open.delete(one)
          other.destroy()
        })
      }
    })
    this.#server.listen(this.port, '127.0.0.1')
    await once(this.#server, 'listening')
  }

  /** Nobody gets through any more, and who is on the way is cut off. */
  async close(): Promise<void> {
    const server = this.#server
    if (server === undefined) return
    this.#server = undefined
    server.close()
    for (const socket of this.#open) socket.destroy()
    await once(server, 'close')
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
