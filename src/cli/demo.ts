import { once } from 'node:events'
import { Command } from 'commander'
import { systemClock } from '../clock.ts'
import { untilSignal } from './foreground.ts'

interface Flags {
  keep?: boolean
  color: boolean
}

/** `lakeward demo`: the main job told as a story, on real Kubernetes. */
export function demoCommand(): Command {
  return new Command('demo')
    .description('tell how a manifest keeps Databricks: real Kubernetes, a simulated Databricks workspace')
    .option('--keep', 'leave everything running at the end and say how to look around, until Ctrl-C')
    .option('--no-color', 'plain text, as on a pipe or with NO_COLOR set')
    .action((flags: Flags) => demo(flags))
}

async function demo({ keep = false, color }: Flags): Promise<void> {
  // Loading it takes a while, and `--help` needs none of it.
  const { runDemo } = await import('../demo/demo.ts')
  const paper = process.stdout
  process.exitCode = await runDemo({
    paper,
    // hasColors heeds NO_COLOR and TERM; only a terminal has it.
    colour: color && paper.isTTY && paper.hasColors(),
    keep,
    clock: systemClock,
    interrupted: Promise.race([untilSignal(), untilUnread()]),
  })
}

/** Whoever read the pipe has gone: `lakeward demo | head`. */
async function untilUnread(): Promise<NodeJS.Signals> {
  await once(process.stdout, 'error')
  // Further lines fail likewise.
  process.stdout.on('error', () => undefined)
  return 'SIGPIPE'
}
