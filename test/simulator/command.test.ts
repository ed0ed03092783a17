import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { simulatorCommand } from '../../src/cli/simulator.ts'

const module = new URL('../../src/cli/simulator.ts', import.meta.url).href
const program = `import { simulatorCommand } from ${JSON.stringify(module)}; await simulatorCommand().parseAsync(process.argv.slice(1), { from: 'user' })`

/** The command as a process of its own, gone at the end of the test. */
function start(...flags: string[]): { child: ChildProcess; output: () => string; errors: () => string } {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program, '--', ...flags])
  onTestFinished(() => void child.kill('SIGKILL'))
  let output = ''
  let errors = ''
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()))
  return { child, output: () => output, errors: () => errors }
}

async function listening({ child, output, errors }: ReturnType<typeof start>): Promise<string> {
  const ended = once(child, 'exit').then(() => {
    throw new Error(`the command ended: ${errors()}`)
  })
  while (!output().includes('\n')) await Promise.race([once(child.stdout ?? child, 'data'), ended])
  ended.catch(() => {})
  return /^listening on (http:\/\/127\.0\.0\.1:\d+)\n$/.exec(output())?.[1] ?? output()
}

describe('lakeward simulator', { timeout: 30_000 }, () => {
  it.each(['SIGINT', 'SIGTERM'] as const)(
    'says where it listens, answers its token, and ends cleanly on %s',
    async (signal) => {
      const command = start('--port', '0', '--token', 'mine', '--speed', '0')
      const url = await listening(command)
      const me = await fetch(`${url}/api/2.0/preview/scim/v2/Me`, {
        headers: { Authorization: 'Bearer mine' },
      })
      expect(await me.json()).toMatchObject({ displayName: 'lakeward-demo' })
      const refused = await fetch(`${url}/api/2.0/preview/scim/v2/Me`, {
        headers: { Authorization: 'Bearer lakeward-demo' },
      })
      expect(refused.status).toBe(403)
      const exit = once(command.child, 'exit')
      command.child.kill(signal)
      expect(await exit).toEqual([0, null])
      expect(command.errors()).toBe('')
    },
  )

  it('says in one line that the port is taken', async () => {
    const server = createServer()
    onTestFinished(() => void server.close())
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const command = start('--port', String(port))
    expect(await once(command.child, 'exit')).toEqual([1, null])
    expect(command.errors()).toBe(`error: port ${port} is already in use; choose another one with --port\n`)
  })

  it.each([
    ['--port', '70000'],
    ['--port', '-1'],
    ['--port', 'http'],
    ['--token', 'two words'],
    ['--token', ''],
    ['--speed', 'fast'],
    ['--speed', '-1'],
  ])('refuses %s "%s" before anything starts', async (flag, value) => {
    const command = simulatorCommand()
      .exitOverride()
      .configureOutput({ writeErr: () => {} })
    await expect(command.parseAsync([`${flag}=${value}`], { from: 'user' })).rejects.toMatchObject({
      code: 'commander.invalidArgument',
      message: expect.stringContaining(flag) as string,
    })
  })
})
