import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { isBuiltin } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import lakeward from '../../package.json' with { type: 'json' }
import { bundle } from '../../src/image/bundle.ts'

let folder: string
let program: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lakeward-bundle-'))
  program = await bundle(join(folder, 'app'))
}, 60_000)

afterAll(() => rm(folder, { recursive: true }))

/** Node with some arguments, in a folder without any packages. */
function node(...args: string[]): Promise<{ code: number | null; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, args, { cwd: folder }, (_error, stdout, stderr) =>
      resolve({ code: child.exitCode, stdout, stderr }),
    )
  })
}

async function textsOf(ending: string): Promise<string[]> {
  const app = join(folder, 'app')
  const names = (await readdir(app)).filter((name) => name.endsWith(ending))
  return Promise.all(names.map((name) => readFile(join(app, name), 'utf8')))
}

describe('the bundle', () => {
  it('is the operator, and has no other command', async () => {
    expect((await node(program, '--version')).stdout).toBe(`${lakeward.version}\n`)
    const help = (await node(program, '--help')).stdout
    expect(/Commands:\n((?: {2}.*\n)+)/.exec(help)?.[1]).toMatch(/^ {2}run \[options\] .*\n$/)
    const { code, stderr } = await node(program, 'simulator')
    expect({ code, stderr }).toEqual({ code: 2, stderr: "error: unknown command 'simulator'\n" })
  })

  it('has no code of what the operator is tried against', async () => {
    const maps = (await textsOf('.map')).map((text) => JSON.parse(text) as { sources: string[] })
    const folders = new Set(maps.flatMap(({ sources }) => sources).map((source) => source.split('/')[1]))
    expect(folders).toContain('operator')
    for (const name of ['simulator', 'demo', 'control-plane']) expect(folders).not.toContain(name)
  })

  it('needs nothing but Node', async () => {
    const imports = (await textsOf('.mjs')).flatMap((text) =>
      [...text.matchAll(/^import (?:.* from )?"([^"]+)";$/gm)].map(([, name = '']) => name),
    )
    expect(imports).toContain('node:http')
    expect(imports.filter((name) => !name.startsWith('./') && !isBuiltin(name))).toEqual([])
  })

  it('reads a kubeconfig with what it has of the Kubernetes client, and not the whole of it', async () => {
    const kubeconfig = join(folder, 'kubeconfig')
    const user = {
      name: 'me',
      user: { exec: { apiVersion: 'client.authentication.k8s.io/v1', command: 'none' } },
    }
    const context = { name: 'c', context: { cluster: 'elsewhere', user: 'me' } }
    await writeFile(
      kubeconfig,
      JSON.stringify({ users: [user], contexts: [context], 'current-context': 'c' }),
    )
    const { code, stderr } = await node(program, 'run', '--kubeconfig', kubeconfig)
    expect(stderr).toContain('its context names the cluster "elsewhere", which it lacks')
    expect(code).toBe(1)
    expect((await textsOf('.mjs')).join('')).not.toContain('V1DaemonSet')
  })

  it('names our files and lines in a stack trace', async () => {
    const script = `
      const { runOperator } = await import('./app/operator.mjs')
      await runOperator({}).catch(({ stack }) => console.log(stack))`
    const { stdout } = await node('--enable-source-maps', '--input-type=module', '--eval', script)
    const [, member = '?'] = /reading '(\w+)'/.exec(stdout) ?? []
    const [, line] = /app\/src\/operator\/operator\.ts:(\d+):\d+/.exec(stdout) ?? []
    const source = (await readFile('src/operator/operator.ts', 'utf8')).split('\n')
    expect(source[Number(line) - 1], stdout).toContain(`.${member}`)
  })

  it('carries the licences of what it is made of', async () => {
    const notices = await readFile(join(folder, 'app/NOTICES.txt'), 'utf8')
    expect(notices).toMatch(/^==== undici [\d.]+ \(MIT\)\n\nMIT License\n/m)
    expect(notices).toMatch(/^==== @ewoudenberg\/difflib [\d.]+ \(PSF\)\n\nLicense\n/m)
    expect(notices).not.toContain('has no text of the licence')
  })
})
