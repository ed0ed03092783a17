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

  it('gives each token its own identity', async () => {
    const command = start(
      '--port',
      '0',
      '--token',
      'plain',
      '--token',
      'bens=ben@example.com',
      '--token',
      'x=new@example.com',
    )
    const url = await listening(command)
    const name = async (token: string): Promise<unknown> => {
      const me = await fetch(`${url}/api/2.0/preview/scim/v2/Me`, {
        headers: { Authorization: `Bearer ${token}` },
      })
      return ((await me.json()) as { userName: string }).userName
    }
    expect(await Promise.all(['plain', 'bens', 'x'].map(name))).toEqual([
      '3f0c1a52-8d2e-4e55-9a77-0b1c2d3e4f50',
      'ben@example.com',
      'new@example.com',
    ])
  })

  it('makes up the content that is asked for, the same for the same seed', async () => {
    const flags = ['--port', '0', '--speed', '0', '--populate', 'clusters=3,jobClusters=4', '--seed', '5']
    const names = async (): Promise<string[]> => {
      const url = await listening(start(...flags))
      const list = await fetch(`${url}/api/2.1/clusters/list`, {
        headers: { Authorization: 'Bearer lakeward-demo' },
      })
      const { clusters } = (await list.json()) as { clusters: { cluster_name: string }[] }
      return clusters.map(({ cluster_name }) => cluster_name)
    }
    const first = await names()
    expect(first).toHaveLength(7)
    expect(await names()).toEqual(first)
  })

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
    ['--token', '=ana@example.com'],
    ['--token', 'mine='],
    ['--token', 'mine=two words'],
    ['--seed', '-1'],
    ['--seed', '1.5'],
    ['--seed', '4294967296'],
    ['--populate', ''],
    ['--populate', 'jobs'],
    ['--populate', 'jobs=many'],
    ['--populate', 'tables=3'],
    ['--populate', 'toString=3'],
    ['--populate', 'jobs=1,jobs=2'],
    ['--populate', 'jobs=1000001'],
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

  it('refuses a token that is given twice', async () => {
    const command = simulatorCommand()
      .exitOverride()
      .configureOutput({ writeErr: () => {} })
    const flags = ['--token', 'a=ana@example.com', '--token', 'a=ben@example.com']
    await expect(command.parseAsync(flags, { from: 'user' })).rejects.toMatchObject({
      code: 'commander.invalidArgument',
      message: expect.stringContaining("The token 'a' is given twice.") as string,
    })
  })
})
