import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { runCommand } from '../../src/control-plane/command.ts'

const program = fileURLToPath(new URL('uncaught.ts', import.meta.url))

it.each([
  { where: 'listener', origin: 'uncaughtException' },
  { where: 'promise', origin: 'unhandledRejection' },
])(
  'an error in a $where that nobody waits for ends the program, with its stack in one line of the log',
  async ({ where, origin }) => {
    const { code, stderr } = await runCommand(process.execPath, [program, where])
    expect(code).toBe(1)
    const lines = stderr.trim().split('\n')
    expect(lines).toHaveLength(1)
    const line = JSON.parse(lines[0] ?? '') as { err: { stack: string } }
    expect(line).toMatchObject({
      level: 'fatal',
      origin,
      err: { type: 'Bug', message: 'nobody expected this' },
    })
    expect(line.err.stack).toContain('uncaught.ts')
  },
)
