import { spawn, type ChildProcess } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { systemClock } from '../clock.ts'
import { identify, type ProcessIdentity } from './process-identity.ts'

/** A server program to start. */
export interface ServerProgram {
  /** What people call it; also the name of its log file. */
  name: string
  file: string
  args: readonly string[]
  /** It runs here and logs here. */
  folder: string
  /** Called in the same turn as the start. */
  onStart: (child: ProcessIdentity) => void
}

const tailBytes = 8_192
const tailLines = 12
const stopGraceMilliseconds = 8_000
const pollMilliseconds = 50

/** A server started by us, with its standard error in a file. */
export class ServerProcess {
  readonly name: string
  /** Resolves with a sentence when it ends, for whatever reason. */
  readonly ended: Promise<string>
  /** The file with what it wrote. */
  readonly log: string
  readonly #child: ChildProcess
  #running = true

  constructor({ name, file, args, folder, onStart }: ServerProgram) {
    this.name = name
    this.log = join(folder, `${name}.log`)
    const log = openSync(this.log, 'w', 0o600)
    this.#child = spawn(file, args, {
      cwd: folder,
      // Its own session, or a Ctrl-C in the terminal would end it before we can. Nothing of our environment
      // either: etcd takes every variable that begins with ETCD_ for a flag.
      detached: true,
      env: { PATH: process.env.PATH, HOME: folder },
      stdio: ['ignore', log, log],
    })
    closeSync(log)
    this.ended = this.#end()
    const identity = this.#child.pid === undefined ? undefined : identify(this.#child.pid)
    if (identity) onStart(identity)
  }

  get isRunning(): boolean {
    return this.#running
  }

  /** The last lines it wrote. */
  async tail(): Promise<string> {
    const file = await open(this.log)
    try {
      const { size } = await file.stat()
      const start = Math.max(0, size - tailBytes)
      const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(tailBytes), position: start })
      const lines = buffer.toString('utf8', 0, bytesRead).trimEnd().split('\n')
      return lines.slice(-tailLines).join('\n')
    } finally {
      await file.close()
    }
  }

  /** Resolves once `probe` says yes; throws with the server's last words when it ends first or takes too long. */
  async ready(
    probe: () => Promise<boolean>,
    timeout: { milliseconds: number; signal?: AbortSignal },
  ): Promise<void> {
    const deadline = systemClock.monotonic() + timeout.milliseconds
    while (!(await probe())) {
      if (!this.#running) throw new Error(`${await this.ended}; its last lines:\n${await this.tail()}`)
      if (systemClock.monotonic() > deadline) {
        const seconds = timeout.milliseconds / 1_000
        throw new Error(`${this.name} is not ready after ${seconds} s; its last lines:\n${await this.tail()}`)
      }
      await systemClock.sleep(pollMilliseconds, timeout.signal)
    }
  }

  /** Ends it, `gently` with time to finish, and returns once it is gone. */
  async stop(gently: boolean): Promise<void> {
    if (!this.#running) return
    this.#child.kill(gently ? 'SIGTERM' : 'SIGKILL')
    const force = setTimeout(() => this.#child.kill('SIGKILL'), stopGraceMilliseconds)
    await this.ended
    clearTimeout(force)
  }

  #end(): Promise<string> {
    return new Promise((resolve) => {
      const done = (how: string) => {
        this.#running = false
        resolve(`${this.name} ${how}`)
      }
      this.#child.once('error', (error) => done(`could not be started: ${error.message}`))
      this.#child.once('exit', (code, signal) => done(`ended with ${signal ?? `exit code ${code}`}`))
    })
  }
}
