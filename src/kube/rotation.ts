import { isDeepStrictEqual } from 'node:util'
import type { Clock } from '../clock.ts'
import { clusterInfo, headersOf, serverOf, tlsOf, usable, type TlsOptions } from './cluster-entry.ts'
import type { Credential } from './credentials.ts'
import type { Loaded } from './kubeconfig.ts'
import { runPlugin, type PluginCredential } from './plugin.ts'

/** How long a credential is used before its files are looked at again. */
const freshFor = 10_000
/** So long before a plugin's credential expires, another one is asked for. */
const beforeExpiry = 60_000

/** What is needed to read a credential again. */
export interface Rotating {
  clock: Clock
  loaded: Loaded
  /** Changes when `reload` would give something else. */
  stamp: () => Promise<string>
  reload: () => Promise<Loaded>
}

/**
 * The credential of the moment.
 *
 * Guarantees: read at most every few seconds, by one reader at a time, however many wait; unchanged TLS is the
 * same object, so that connections need not be made anew; what was good is used on when it cannot be read again.
 */
export class Rotation {
  readonly #options: Rotating
  readonly #server: string
  #loaded: Loaded
  /** The stamp of what is loaded; undefined = it is to be loaded in any case. */
  #stamp: string | undefined
  #plugin: PluginCredential | undefined
  #tls: TlsOptions | undefined
  #known: Credential | undefined
  #freshUntil = 0
  #reading: Promise<Credential> | undefined

  constructor(options: Rotating) {
    this.#options = options
    this.#loaded = options.loaded
    this.#stamp = options.loaded.stamp
    this.#server = serverOf(options.loaded)
  }

  /** Read afresh when it is due. */
  credential(): Promise<Credential> {
    const isFresh = this.#options.clock.monotonic() < this.#freshUntil
    if (this.#known !== undefined && isFresh) return Promise.resolve(this.#known)
    this.#reading ??= this.#read().finally(() => {
      this.#reading = undefined
    })
    return this.#reading
  }

  /** Forgets a credential that the server has refused. Of many calls refused together only the first has news. */
  renew(refused: Credential): void {
    if (refused !== this.#known) return
    this.#known = undefined
    this.#plugin = undefined
    this.#stamp = undefined
  }

  async #read(): Promise<Credential> {
    const last = this.#known
    const read = await this.#readAfresh().catch((error: unknown) => last ?? Promise.reject(error))
    this.#known = last !== undefined && isDeepStrictEqual(last, read) ? last : read
    this.#freshUntil = this.#options.clock.monotonic() + freshFor
    return this.#known
  }

  async #readAfresh(): Promise<Credential> {
    await this.#reload()
    const plugin = await this.#askPlugin()
    const tls = await tlsOf(this.#loaded, plugin)
    const headers = await headersOf(this.#loaded, plugin)
    if (!isDeepStrictEqual(tls, this.#tls)) {
      usable(tls)
      this.#tls = tls
    }
    return { headers, tls: this.#tls ?? tls }
  }

  async #reload(): Promise<void> {
    const stamp = await this.#options.stamp()
    if (stamp === this.#stamp) return
    const loaded = await this.#options.reload()
    const server = serverOf(loaded)
    if (server !== this.#server)
      throw new Error(
        `it now leads to ${server} instead of ${this.#server}; start the operator again for that`,
      )
    this.#loaded = loaded
    this.#stamp = loaded.stamp
    this.#plugin = undefined
  }

  async #askPlugin(): Promise<PluginCredential | undefined> {
    const { plugin } = this.#loaded.user
    if (plugin === undefined) return undefined
    const { clock } = this.#options
    const { expires = Infinity } = this.#plugin ?? { expires: 0 }
    if (expires - clock.now() < beforeExpiry)
      this.#plugin = await runPlugin(plugin, clusterInfo(this.#loaded), clock)
    return this.#plugin
  }
}
