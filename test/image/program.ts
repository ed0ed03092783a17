import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Image } from './assemble.ts'

/** Something that runs an image's program. */
export interface Running {
  /** All that it has written. */
  readonly log: string
  /** Sends a signal and returns the exit code; null when the signal itself ended it. */
  end(signal: NodeJS.Signals): Promise<number | null>
}

/** What a program gets to know. */
export interface Call {
  readonly args: readonly string[]
  readonly environment: NodeJS.ProcessEnv
}

/** The program of an image from the image's files, but otherwise like any other program. */
export function startPlain({ root, entrypoint }: Image, { args, environment }: Call): Running {
  const [program = '', ...first] = entrypoint.map((word) => (word.startsWith('/') ? root + word : word))
  const child = spawn(program, [...first, ...args], {
    cwd: root,
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const texts: string[] = []
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => texts.push(text))
  const closed = once(child, 'close') as Promise<[number | null]>
  return {
    get log() {
      return texts.join('')
    },
    end: async (signal) => {
      child.kill(signal)
      const [code] = await closed
      return code
    },
  }
}
