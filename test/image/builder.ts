import { runCommand, type CommandResult } from '../../src/control-plane/command.ts'

/** Something that makes an image of a Dockerfile and runs it; both understand the same words. */
export type Builder = 'docker' | 'podman'

/** Whether there is one that works and has, or can get, the bases; else why not. */
export async function findBuilder(
  bases: readonly string[],
): Promise<{ is: 'Ready'; builder: Builder } | { is: 'Missing'; why: string }> {
  const whys: string[] = []
  for (const builder of ['docker', 'podman'] as const) {
    const why = await trouble(builder, bases)
    if (why === undefined) return { is: 'Ready', builder }
    whys.push(`${builder}: ${why}`)
  }
  return { is: 'Missing', why: whys.join('; ') }
}

async function trouble(builder: Builder, bases: readonly string[]): Promise<string | undefined> {
  try {
    const info = await runCommand(builder, ['info'])
    if (info.code !== 0) return lastLine(info)
    for (const base of bases) {
      const known = await runCommand(builder, ['image', 'inspect', base])
      const got = known.code === 0 ? known : await runCommand(builder, ['pull', '--quiet', base])
      if (got.code !== 0) return lastLine(got)
    }
    // Some are installed where they may not start anything.
    const [first = ''] = bases
    const trial = await runCommand(builder, ['run', '--rm', first, 'node', '--version'])
    return trial.code === 0 ? undefined : lastLine(trial)
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

const lastLine = ({ stderr, code }: CommandResult): string =>
  stderr.trim().split('\n').at(-1) || `it ended with ${code}`
