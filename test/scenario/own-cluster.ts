import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startControlPlane, type ControlPlane } from '../../src/control-plane/control-plane.ts'
import { Watchdog } from '../../src/control-plane/watchdog.ts'
import type { Cluster } from './world.ts'

/** A Kubernetes that a story may break: nobody else uses it. */
export class OwnCluster implements Cluster, AsyncDisposable {
  readonly #folder: string
  /** Removes the folder should we be killed. */
  readonly #watchdog: Watchdog
  #plane: ControlPlane

  private constructor(at: { folder: string; watchdog: Watchdog; plane: ControlPlane }) {
    this.#folder = at.folder
    this.#watchdog = at.watchdog
    this.#plane = at.plane
  }

  static async start(): Promise<OwnCluster> {
    const folder = await mkdtemp(join(tmpdir(), 'lakeward-own-cluster-'))
    const watchdog = new Watchdog(folder)
    const plane = await startControlPlane({ directory: join(folder, 'plane'), progress: () => undefined })
    return new OwnCluster({ folder, watchdog, plane })
  }

  get kubeconfig(): string {
    return this.#plane.kubeconfig
  }

  get kubectl(): string {
    return this.#plane.binaries.kubectl
  }

  get auditLog(): string {
    return this.#plane.auditLog
  }

  /** The API server is killed outright, and etcd with it. */
  kill(): Promise<void> {
    return this.#plane.stop()
  }

  /** Starts both again, at the same address and with what was stored. */
  async startAgain(): Promise<void> {
    const { directory } = this.#plane
    this.#plane = await startControlPlane({ directory, manifests: false, progress: () => undefined })
  }

  /** Copies what is stored; only while nothing runs. */
  backUp(): Promise<void> {
    return this.#copy('etcd', 'backup')
  }

  /** Puts the copy in the place of what is stored; only while nothing runs. Versions then go backwards. */
  restore(): Promise<void> {
    return this.#copy('backup', 'etcd')
  }

  /**
   * Has etcd forget every version but the present ones.
   * https://etcd.io/docs/v3.6/dev-guide/api_grpc_gateway/
   */
  async compact(): Promise<void> {
    const { header } = (await this.#etcd('kv/range', { key: btoa('/'), count_only: true })) as {
      header: { revision: string }
    }
    await this.#etcd('kv/compaction', { revision: header.revision, physical: true })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#plane.stop()
    await this.#watchdog.dismiss()
    await rm(this.#folder, { recursive: true, force: true, maxRetries: 5 })
  }

  async #copy(from: string, to: string): Promise<void> {
    const { directory } = this.#plane
    await rm(join(directory, to), { recursive: true, force: true })
    await cp(join(directory, from), join(directory, to), { recursive: true })
  }

  async #etcd(path: string, body: object): Promise<unknown> {
    const response = await fetch(`${this.#plane.etcd}/v3/${path}`, {
      method: 'POST',
      body: JSON.stringify(body),
    })
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`)
    return response.json()
  }
}
