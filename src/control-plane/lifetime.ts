import { rm } from 'node:fs/promises'
import type { Folder } from './folder.ts'
import { recordChild } from './leftovers.ts'
import type { ProcessIdentity } from './process-identity.ts'
import type { ServerProcess } from './server-process.ts'
import { Watchdog } from './watchdog.ts'

/** All that one control plane has to give back, and the one place that does it. */
export class Lifetime {
  /** Resolves with a sentence if a server ends before `end` is called; else never. */
  readonly serverLost: Promise<string>
  readonly #loseServer: (sentence: string) => void
  readonly #folder: Folder
  readonly #watchdog: Watchdog
  readonly #servers: ServerProcess[] = []
  readonly #files: string[] = []
  #end: Promise<void> | undefined

  constructor(folder: Folder) {
    this.#folder = folder
    this.#watchdog = new Watchdog(folder.temporary ? folder.path : undefined)
    const { promise, resolve } = Promise.withResolvers<string>()
    this.serverLost = promise
    this.#loseServer = resolve
  }

  /** A child has just been started: from now on it dies with us, by the watchdog or by the folder's next owner. */
  readonly guard = (child: ProcessIdentity): void => {
    recordChild(this.#folder.path, child)
    this.#watchdog.add(child)
  }

  /** Takes a ready server over. */
  adopt(server: ServerProcess): void {
    this.#servers.push(server)
    void this.#report(server)
  }

  /** A file outside the folder that is worth nothing once a temporary control plane is gone. */
  ownFile(path: string): void {
    if (this.#folder.temporary) this.#files.push(path)
  }

  /** Ends everything, the API server before its store. Further calls wait for the first. */
  end(): Promise<void> {
    this.#end ??= this.#endAll()
    return this.#end
  }

  async #report(server: ServerProcess): Promise<void> {
    const how = await server.ended
    if (this.#end === undefined) this.#loseServer(`${how} although nobody stopped it; see ${server.log}`)
  }

  /**
   * The API server is killed: it keeps nothing, and asked politely it waits up to a minute for open watches.
   * etcd may finish what it writes if its data is to be used again.
   */
  async #endAll(): Promise<void> {
    for (const server of this.#servers.toReversed()) {
      await server.stop(server.name === 'etcd' && !this.#folder.temporary)
    }
    for (const file of this.#files) await rm(file, { force: true })
    await this.#watchdog.dismiss()
    await this.#folder.close()
  }
}
