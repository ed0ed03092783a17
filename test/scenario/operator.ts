import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { identify } from '../../src/control-plane/process-identity.ts'
import type { Watchdog } from '../../src/control-plane/watchdog.ts'
import { nodeFlagsIn } from '../image/dockerfile.ts'

const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url))
/** What the image tells Node: what comes of that, such as another way to collect garbage, is tried by all that runs here. */
const nodeFlags = nodeFlagsIn(readFileSync(new URL('../../Dockerfile', import.meta.url), 'utf8'))
const stopWithin = 15_000

/** The operator as a program of its own, which can be stopped, killed and started again. */
export class Operator {
  /** How the audit log names its token. */
  readonly tokenId: string | undefined
  readonly #args: readonly string[]
  readonly #log: string[] = []
  readonly #watchdog: Watchdog
  readonly #environment: Readonly<Record<string, string>>
  readonly #program: string
  #child: ChildProcess | undefined

  /** Whatever ends the tests, with the watchdog no operator outlives them. */
  constructor(
    args: readonly string[],
    around: {
      watchdog: Watchdog
      environment: Readonly<Record<string, string>>
      tokenId?: string
      program?: string
    },
  ) {
    this.#args = ['run', ...args]
    this.#watchdog = around.watchdog
    this.#environment = around.environment
    this.tokenId = around.tokenId
    this.#program = around.program ?? main
  }

  /** What it and its predecessors wrote, line by line. */
  get log(): readonly string[] {
    return this.#log
  }

  /** Whether it has written a message, after so many lines. */
  hasSaid(message: string, since = 0): boolean {
    return this.#log.slice(since).some((line) => line.includes(`"msg":"${message}`))
  }

  /** What it serves at /metrics; for one that was started with --health-port=0. */
  async metrics(): Promise<string> {
    return (await this.visit('/metrics')).text()
  }

  /** Its answer at /healthz, /readyz or /metrics; for one that was started with --health-port=0. */
  visit(path: string): Promise<Response> {
    const serving = this.#log.findLast((line) => line.includes('"healthPort":')) ?? ''
    const port = /"healthPort":(\d+)/.exec(serving)?.[1]
    if (port === undefined) throw new Error('the operator does not listen')
    return fetch(`http://127.0.0.1:${port}${path}`)
  }

  get isRunning(): boolean {
    return this.#child !== undefined
  }

  /** Gives an order to a program that takes orders, and returns once it has been obeyed. */
  async order(order: object): Promise<void> {
    const child = this.#running
    const obeyed = once(child, 'message')
    child.send(order)
    await obeyed
  }

  /** Starts it and returns once it works. */
  start(): Promise<void> {
    return this.#startUntil('working')
  }

  /** Starts it beside one that leads, and returns once it stands by. */
  startReplica(): Promise<void> {
    return this.#startUntil('standing by')
  }

  async #startUntil(message: string): Promise<void> {
    if (this.#child !== undefined) throw new Error('the operator runs already')
    const child = spawn(process.execPath, [...nodeFlags, this.#program, ...this.#args], {
      stdio: ['ignore', 'pipe', 'pipe', ...(this.#program === main ? [] : (['ipc'] as const))],
      env: { ...process.env, ...this.#environment },
    })
    this.#child = child
    const identity = child.pid === undefined ? undefined : identify(child.pid)
    if (identity !== undefined) this.#watchdog.add(identity)
    const ready = Promise.withResolvers<void>()
    for (const stream of [child.stdout, child.stderr].filter((one) => one !== null)) {
      let rest = ''
      stream.setEncoding('utf8').on('data', (text: string) => {
        const lines = (rest + text).split('\n')
        rest = lines.pop() ?? ''
        this.#log.push(...lines)
        if (lines.some((line) => line.includes(`"msg":"${message}`))) ready.resolve()
      })
    }
    child.once('exit', (code, signal) => {
      this.#log.push(`(the operator ended: ${signal ?? code})`)
      if (this.#child === child) this.#child = undefined
      ready.reject(new Error(`the operator ended: ${signal ?? code}\n${this.#log.slice(-20).join('\n')}`))
    })
    await ready.promise
  }

  /** Asks it to stop, as Kubernetes does, and returns its exit code. */
  async stop(): Promise<number | null> {
    const child = this.#child
    if (child === undefined) return null
    const exited = once(child, 'exit') as Promise<[number | null, string | null]>
    const late = setTimeout(() => child.kill('SIGKILL'), stopWithin)
    child.kill('SIGTERM')
    // One that is frozen does not hear it before.
    child.kill('SIGCONT')
    const [code, signal] = await exited
    clearTimeout(late)
    if (signal !== null) throw new Error(`the operator did not stop by itself: ${signal}`)
    return code
  }

  /** Ends it without a chance to tidy up. */
  async kill(): Promise<void> {
    const child = this.#running
    const exited = once(child, 'exit')
    child.kill('SIGKILL')
    await exited
  }

  /** Asks it to stop and does not wait for it. */
  beginStop(): void {
    this.#running.kill('SIGTERM')
  }

  /** Stops it in the middle of whatever it does, as a machine does that hangs. */
  freeze(): void {
    this.#running.kill('SIGSTOP')
  }

  /** Lets it go on. */
  thaw(): void {
    this.#running.kill('SIGCONT')
  }

  async restart(): Promise<void> {
    await this.stop()
    await this.start()
  }

  get #running(): ChildProcess {
    if (this.#child === undefined) throw new Error('the operator does not run')
    return this.#child
  }
}
