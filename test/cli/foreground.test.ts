import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { describe, expect, it } from 'vitest'

/** A program of ours in a shell of its own, as npx and npm start it. */
class InShell {
  readonly #shell: ChildProcess
  readonly #ended: Promise<unknown>
  pid = 0
  url = ''

  private constructor(environment: NodeJS.ProcessEnv) {
    const command = `"${process.execPath}" src/main.ts simulator --port 0 & echo "pid $!"; wait`
    this.#shell = spawn('sh', ['-c', command], {
      env: { PATH: process.env['PATH'], ...environment },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    // The pipe is closed when both have ended.
    this.#ended = once(this.#shell, 'close')
  }

  static async start(environment: NodeJS.ProcessEnv): Promise<InShell> {
    const started = new InShell(environment)
    const { stdout } = started.#shell
    if (stdout === null) throw new Error('there is no output to read')
    for await (const line of createInterface({ input: stdout })) {
      started.pid ||= Number(/^pid (\d+)$/.exec(line)?.[1] ?? 0)
      started.url = /^listening on (\S+)$/.exec(line)?.[1] ?? ''
      if (started.url !== '') break
    }
    stdout.resume()
    return started
  }

  killShell(): void {
    this.#shell.kill('SIGKILL')
  }

  ended(): Promise<unknown> {
    return this.#ended
  }
}

describe('a program in the foreground', () => {
  it('ends with the shell that npx runs it in, and with no other', async () => {
    const [byNpx, byScript] = await Promise.all([
      InShell.start({ npm_lifecycle_event: 'npx' }),
      InShell.start({ npm_lifecycle_event: 'demo' }),
    ])
    byScript.killShell()
    byNpx.killShell()
    await byNpx.ended()
    expect((await fetch(`${byScript.url}/oidc/.well-known/oauth-authorization-server`)).status).toBe(200)
    process.kill(byScript.pid, 'SIGTERM')
    await byScript.ended()
  })
})
