import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import type { Image } from './assemble.ts'
import type { Call, Running } from './program.ts'

/*
 * What a container runtime does, as far as it can matter to the program: the image's files are its root, read-only;
 * it runs as the image's user, without capabilities and without a way to more; it is process 1 of its own process
 * namespace. Of the machine's files it sees none: what Node needs has to be in the image. The network stays the
 * machine's, because the API server is on loopback.
 */

const script = `
  mkdir -p "$1/proc"
  mount --bind "$1" "$1"
  mount -t proc proc "$1/proc"
  mount -o remount,ro,bind "$1"
  root=$1 user=$2
  shift 2
  exec setpriv --no-new-privs chroot --userspec="$user" --groups= "$root" "$@"`

const namespaces = ['--mount', '--propagation=private', '--pid', '--fork', '--kill-child']

/** Why nothing can be contained here; undefined: it can. */
export function obstacle(): string | undefined {
  if (process.platform !== 'linux') return `${process.platform} has no namespaces`
  if (process.getuid?.() !== 0) return 'it takes root to run something as another user on a root of its own'
  try {
    const trial = 'mount -t tmpfs none /mnt && setpriv --version && chroot --version'
    execFileSync('unshare', [...namespaces, 'sh', '-c', trial], { stdio: 'pipe' })
    return undefined
  } catch (error) {
    return error instanceof Error ? (error.message.trim().split('\n').at(-1) ?? error.message) : String(error)
  }
}

/** What the kernel says of a contained process, seen from outside. */
export interface Facts {
  /** A line of its status: https://man7.org/linux/man-pages/man5/proc_pid_status.5.html */
  of(name: string): string | undefined
  /** How what it sees is mounted, by path. */
  readonly mounts: Readonly<Record<string, string>>
}

/** The program of an image, contained. */
export class Container implements Running, AsyncDisposable {
  readonly #child: ChildProcess
  readonly #closed: Promise<[number | null]>
  readonly #texts: string[] = []

  constructor({ root, user, entrypoint, environment: own }: Image, { args, environment }: Call) {
    // It ends with the test, whatever ends that.
    this.#child = spawn(
      'setpriv',
      [
        '--pdeathsig=KILL',
        'unshare',
        ...namespaces,
        'sh',
        '-ec',
        script,
        'sh',
        root,
        user,
        ...entrypoint,
        ...args,
      ],
      { env: { PATH: process.env['PATH'], ...own, ...environment }, stdio: ['ignore', 'pipe', 'pipe'] },
    )
    this.#closed = once(this.#child, 'close') as Promise<[number | null]>
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => this.#texts.push(text))
  }

  get log(): string {
    return this.#texts.join('')
  }

  /** Undefined before it runs. */
  async facts(): Promise<Facts | undefined> {
    const pid = await this.#pid()
    if (pid === undefined) return undefined
    const status = await readFile(`/proc/${pid}/status`, 'utf8')
    const mounts = await readFile(`/proc/${pid}/mounts`, 'utf8')
    return {
      of: (name) => new RegExp(`^${name}:(.*)$`, 'm').exec(status)?.[1]?.trim().replaceAll('\t', ' '),
      mounts: Object.fromEntries(
        [...mounts.matchAll(/^\S+ (\S+) \S+ (\S+)/gm)].map(([, path, how = '']) => [path, how]),
      ),
    }
  }

  /** Sends a signal to process 1, as a container runtime does. */
  async end(signal: NodeJS.Signals): Promise<number | null> {
    const pid = await this.#pid()
    if (pid === undefined) throw new Error(`nothing to end:\n${this.log}`)
    process.kill(pid, signal)
    return this.ended()
  }

  /** Waits until it has ended and returns the exit code. */
  async ended(): Promise<number | null> {
    const [code] = await this.#closed
    return code
  }

  /** Ends it at once, should it still run. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    this.#child.kill('SIGKILL')
    await this.#closed
  }

  /** The one child of `unshare` is process 1 within. */
  async #pid(): Promise<number | undefined> {
    const { pid } = this.#child
    const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '')
    return children === '' ? undefined : Number(children)
  }
}
