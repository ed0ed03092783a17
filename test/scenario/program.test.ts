import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, inject, it, onTestFinished } from 'vitest'
import { writeKubeconfig } from '../../src/control-plane/kubeconfig.ts'
import { ApiServer } from './api-server.ts'
import { until } from './until.ts'

/** The operator as a program, run to its end. */
function run(flags: readonly string[], signal?: AbortSignal) {
  const ended = Promise.withResolvers<{ code: number; output: string }>()
  const args = [
    'src/main.ts',
    'run',
    '--kubeconfig',
    inject('kubeconfig'),
    '--namespaces',
    'nobody',
    ...flags,
  ]
  const child = execFile(process.execPath, args, (_error, stdout, stderr) =>
    ended.resolve({ code: child.exitCode ?? -1, output: stdout + stderr }),
  )
  signal?.addEventListener('abort', () => child.kill('SIGTERM'))
  return ended.promise
}

/** A server on a free port of this machine. */
async function listener() {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, resolve))
  const { port } = server.address() as AddressInfo
  return { port, close: () => new Promise<void>((resolve) => server.close(() => resolve())) }
}

describe('the program', () => {
  it('that cannot listen says so in one line and ends, leaving nothing running', async () => {
    const { port, close } = await listener()
    const { code, output } = await run(['--health-port', String(port)])
    await close()
    expect(output).toMatch(new RegExp(`^error: cannot listen on --health-port ${port}: .*EADDRINUSE.*\\n$`))
    expect(code).toBe(1)
  })

  it('sends no secret in clear unless it was told that it may', async () => {
    const { code, output } = await run(['--azure-authority', 'http://entra.example.com'])
    expect(output).toMatch(/^error: --azure-authority is an http address, which takes --allow-http: .*\n$/)
    expect(code).toBe(1)
  })

  it('answers for its health while it works, and ends with 0 when told to', async () => {
    const { port, close } = await listener()
    await close()
    const stop = new AbortController()
    const ended = run(['--health-port', String(port)], stop.signal)
    const answers = async (path: string) =>
      fetch(`http://127.0.0.1:${port}${path}`).then(
        ({ status }) => status,
        () => undefined,
      )
    await until('it is ready', async () => (await answers('/readyz')) === 200)
    expect(await answers('/healthz')).toBe(200)
    stop.abort()
    expect((await ended).code).toBe(0)
    expect(await answers('/healthz')).toBeUndefined()
  })

  it('ends with 0 when told to while the API server does not answer', async () => {
    const silent = createServer((socket) => onTestFinished(() => void socket.destroy())).listen(0)
    onTestFinished(() => void silent.close())
    await once(silent, 'listening')
    const folder = await mkdtemp(join(tmpdir(), 'lakeward-program-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    const url = `https://127.0.0.1:${(silent.address() as AddressInfo).port}`
    const { certificate } = new ApiServer(inject('kubeconfig'))
    const kubeconfig = join(folder, 'kubeconfig')
    await writeKubeconfig(kubeconfig, { url, certificate }, { name: 'me', token: 'mine' })
    const stop = new AbortController()
    const ended = run(['--kubeconfig', kubeconfig], stop.signal)
    await once(silent, 'connection')
    const asked = performance.now()
    stop.abort()
    expect((await ended).code).toBe(0)
    // A connection may take ten seconds until it is given up by itself.
    expect(performance.now() - asked).toBeLessThan(5_000)
  })
})
