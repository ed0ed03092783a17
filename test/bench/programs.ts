import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { ServerProcess } from '../../src/control-plane/server-process.ts'
import { Watchdog } from '../../src/control-plane/watchdog.ts'

/** One of our commands, running as a process of its own. */
export interface RunningProgram {
  readonly pid: number
  /** When it was started, in milliseconds since the epoch. */
  readonly startedAt: number
  /** All that it has written. */
  log(): Promise<string>
  stop(): Promise<void>
  /** Ends it without a chance to tidy up. */
  kill(): Promise<void>
}

/** A command of ours and the text by which its log says that it works. */
export interface ProgramStart {
  readonly name: string
  readonly args: readonly string[]
  /** What Node runs, with its own flags before it; absent: the source. */
  readonly program?: readonly string[]
  readonly works: RegExp
  readonly signal: AbortSignal
}

/** The program as its sources are. */
export const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url))
const readyWithin = 60_000

/** Starts commands of ours with their logs in one folder. They die with us, whatever happens to us. */
export class Programs implements AsyncDisposable {
  readonly #folder: string
  readonly #watchdog: Watchdog
  readonly #lost = new AbortController()
  readonly #running = new Set<ServerProcess>()

  /** The folder is removed should we be killed. */
  constructor(folder: string) {
    this.#folder = folder
    this.#watchdog = new Watchdog(folder)
  }

  /** Falls, with its last lines as the reason, when a program ends that nobody stopped. */
  get lost(): AbortSignal {
    return this.#lost.signal
  }

  /** Returns once it works. */
  async start({ name, program = [main], args, works, signal }: ProgramStart): Promise<RunningProgram> {
    let pid = 0
    const startedAt = Date.now()
    const server = new ServerProcess({
      name,
      file: process.execPath,
      args: [...program, ...args],
      folder: this.#folder,
      onStart: (identity) => {
        pid = identity.pid
        this.#watchdog.add(identity)
      },
    })
    this.#running.add(server)
    const log = () => readFile(server.log, 'utf8')
    await server.ready(async () => works.test(await log()), { milliseconds: readyWithin, signal })
    void this.#report(server)
    const end = (how: 'gently' | 'at once') => {
      this.#running.delete(server)
      return server.stop(how === 'gently')
    }
    return { pid, startedAt, log, stop: () => end('gently'), kill: () => end('at once') }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const server of [...this.#running].toReversed()) {
      this.#running.delete(server)
      await server.stop(true)
    }
    await this.#watchdog.dismiss()
  }

  async #report(server: ServerProcess): Promise<void> {
    const how = await server.ended
    if (!this.#running.has(server)) return
    this.#lost.abort(new Error(`${how} although nobody stopped it; its last lines:\n${await server.tail()}`))
  }
}
