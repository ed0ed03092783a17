import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'

const commandLine = fileURLToPath(new URL('./command-line.ts', import.meta.url))

/** `lakeward control-plane` running in the foreground. */
export interface Program {
  child: ChildProcess
  /** What it has printed so far. */
  lines: string[]
  /** Resolves once it prints a line that begins so; rejects when it ends before. */
  printed(start: string): Promise<string>
  ended: Promise<number | null>
}

/** Starts `lakeward control-plane` with these arguments. */
export function startProgram(args: readonly string[], environment: NodeJS.ProcessEnv = process.env): Program {
  const child = spawn(process.execPath, [commandLine, ...args], {
    env: environment,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const lines: string[] = []
  const reader = createInterface({ input: child.stdout })
  reader.on('line', (line) => lines.push(line))
  const printed = async (start: string): Promise<string> => {
    for (;;) {
      const line = lines.find((line) => line.startsWith(start))
      if (line !== undefined) return line
      const [event] = await Promise.race([
        once(reader, 'line'),
        once(reader, 'close').then(() => [undefined]),
      ])
      if (event === undefined) throw new Error(`ended without printing ${start}: ${lines.join('\n')}`)
    }
  }
  const ended = once(child, 'exit').then(([code]) => code as number | null)
  return { child, lines, printed, ended }
}

/** The pids of running processes with `text` in their command line or, for `parent`, started by that process. */
export function processesWith({ text, parent }: { text?: string; parent?: number }): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
        const [state, parentPid] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
        const line = readFileSync(`/proc/${pid}/cmdline`, 'utf8')
        if (state === 'Z') return false
        return (
          (text !== undefined && line.includes(text)) ||
          (parent !== undefined && Number(parentPid) === parent)
        )
      } catch {
        return false // it ended while we looked
      }
    })
    .map(Number)
}
