import { spawn, type ChildProcess } from 'node:child_process'
import { constants } from 'node:os'
import { createInterface } from 'node:readline'

/** How a program that ran to its end answered. */
export interface CommandResult {
  stdout: string
  stderr: string
  /** Exit code; 128 plus the signal's number when a signal ended it, as a shell counts. */
  code: number
}

/** What a program gets beside its arguments. */
export interface CommandOptions {
  /** Text for its standard input; without it the input is empty. */
  input?: string
  /** Its whole environment; default: ours. */
  environment?: NodeJS.ProcessEnv
  /** The folder it runs in; default: ours. */
  directory?: string
  /** Aborting interrupts the program; the promise then rejects once it is gone, not before. */
  signal?: AbortSignal
  /** Each line of standard error as it comes. */
  onErrorLine?: (line: string) => void
}

/** An interrupted program gets this long to tidy up after itself. */
const graceMilliseconds = 5_000

/** Runs a program to its end. Rejects only if it could not be started or was aborted, never for its exit code. */
export async function runCommand(
  file: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  options.signal?.throwIfAborted()
  const child = spawn(file, args, {
    ...(options.environment && { env: options.environment }),
    ...(options.directory !== undefined && { cwd: options.directory }),
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  const texts = { stdout: '', stderr: '' }
  child.stdout.setEncoding('utf8').on('data', (text: string) => (texts.stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (texts.stderr += text))
  if (options.onErrorLine) createInterface({ input: child.stderr }).on('line', options.onErrorLine)
  // A program may end without reading its input (EPIPE); its exit code says whether that was wrong.
  child.stdin.on('error', () => undefined)
  child.stdin.end(options.input ?? '')
  const code = await ended(child, options.signal)
  options.signal?.throwIfAborted()
  return { ...texts, code }
}

/** Interrupts rather than terminates on abort: `go` then removes its work folder. */
function ended(child: ChildProcess, signal: AbortSignal | undefined): Promise<number> {
  return new Promise((resolve, reject) => {
    let force: NodeJS.Timeout | undefined
    const interrupt = () => {
      child.kill('SIGINT')
      force = setTimeout(() => child.kill('SIGKILL'), graceMilliseconds)
    }
    const done = () => {
      clearTimeout(force)
      signal?.removeEventListener('abort', interrupt)
    }
    signal?.addEventListener('abort', interrupt, { once: true })
    child.once('error', (error) => {
      done()
      reject(error)
    })
    child.once('close', (code, name) => {
      done()
      resolve(code ?? 128 + (name === null ? 0 : constants.signals[name]))
    })
  })
}
