import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, inject, it, onTestFinished } from 'vitest'
import { defaultPort } from '../../src/simulator/simulator.ts'

const lakeward = fileURLToPath(new URL('../../src/main.ts', import.meta.url))

/** All temporary folders of a demo lie here, and every process it starts has this in its environment. */
let scratch = ''

beforeEach(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'lakeward-demo-test-'))
})

afterEach(async () => {
  const left = { folders: await readdir(scratch), processes: (await processes()).map(({ line }) => line) }
  await rm(scratch, { recursive: true, force: true })
  expect(left).toEqual({ folders: [], processes: [] })
})

/** The demo and what it started, as far as it still runs. */
async function processes(): Promise<{ pid: number; line: string }[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const found = await Promise.all(
    pids.map(async (pid) => {
      // A process may end, or belong to somebody else, while we look.
      const read = (file: string) => readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '')
      const line = (await read('environ')).includes(scratch) ? await read('cmdline') : ''
      return { pid: Number(pid), line: line.replaceAll('\0', ' ').trim() }
    }),
  )
  return found.filter(({ line }) => line !== '')
}

interface Demo {
  child: ChildProcess
  output: () => string
  errors: () => string
  /** Resolves once this text was printed. */
  printed(text: string): Promise<void>
  /** Resolves with the exit code. */
  ended: Promise<number | null>
}

/** Starts the demo on a pipe. */
function start(...flags: string[]): Demo {
  const environment = {
    ...process.env,
    TMPDIR: scratch,
    KUBEBUILDER_ASSETS: dirname(inject('kubectl')),
    // Even who likes colours gets none on a pipe.
    FORCE_COLOR: '1',
  }
  const child = spawn(process.execPath, [lakeward, 'demo', ...flags], {
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const texts = { output: '', errors: '' }
  child.stdout.setEncoding('utf8').on('data', (text: string) => (texts.output += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (texts.errors += text))
  const ended = once(child, 'close').then(([code]) => code as number | null)
  const printed = async (text: string) => {
    while (!texts.output.includes(text)) {
      const isOver = await Promise.race([
        once(child.stdout, 'data').then(() => false),
        ended.then(() => true),
      ])
      if (isOver) throw new Error(`ended without saying '${text}':\n${texts.output}${texts.errors}`)
    }
  }
  return { child, output: () => texts.output, errors: () => texts.errors, printed, ended }
}

const patience = { timeout: 180_000 }

describe('the demo', () => {
  it('tells its story on a pipe in plain text, and every claim holds', patience, async () => {
    const demo = start()
    const code = await demo.ended
    const output = demo.output()
    expect(code, output + demo.errors()).toBe(0)
    expect(demo.errors()).not.toContain('error')
    // No colour, no line that is written over.
    expect(output).not.toContain('\u001B')
    expect(output).not.toContain('\r')
    for (const text of [
      '$ kubectl apply -f examples/\n    secret/databricks created\n',
      'schedule.pauseStatus is "PAUSED" instead of "UNPAUSED"',
      'path: tasks[report].maxRetries\n          wanted: "2"',
      /\$ kubectl annotate databrickscluster shared .*approve=\w+\n {4}databrickscluster.lakeward.dev\/shared annotated/,
      '✓ nothing was written',
      '9 of 9',
      '✓ what Lakeward made is gone',
    ])
      expect(output).toMatch(text)
    // Lines indented by four are other people's words.
    const own = output.split('\n').filter((line) => !line.startsWith('    '))
    expect(own.filter(({ length }) => length > 110)).toEqual([])
  })

  it(
    'with --keep leaves everything running, says how to look around, and stops on Ctrl-C',
    patience,
    async () => {
      const demo = start('--keep')
      await demo.printed('/simulator/requests\n')
      const [, kubeconfig = ''] = /^ {4}export KUBECONFIG=(.*)$/m.exec(demo.output()) ?? []
      const [, tools = ''] = /^ {4}export PATH="(.*):\$PATH"/m.exec(demo.output()) ?? []
      const { stdout } = await promisify(execFile)('kubectl', ['get', 'lakeward', '-o', 'name'], {
        env: {
          PATH: tools,
          KUBECONFIG: kubeconfig,
          KUBECACHEDIR: join(dirname(kubeconfig), 'kubectl-cache'),
        },
      })
      expect(stdout.trimEnd().split('\n')).toHaveLength(5)
      const names = (await processes()).map(({ line }) => line).join('\n')
      for (const name of ['etcd', 'kube-apiserver', 'main.ts simulator', 'main.ts run'])
        expect(names).toContain(name)
      demo.child.kill('SIGINT')
      expect(await demo.ended).toBe(0)
    },
  )

  it(
    'takes another port when that of the examples is taken, and ends on Ctrl-C in the middle',
    patience,
    async () => {
      const server = createServer()
      onTestFinished(() => void server.close())
      // Somebody else may have it already, which is as good.
      const isTaken = Promise.race([once(server, 'listening'), once(server, 'error')])
      server.listen(defaultPort, '127.0.0.1')
      await isTaken
      const demo = start()
      await demo.printed('condition met')
      demo.child.kill('SIGINT')
      expect(await demo.ended).toBe(130)
      const [, port] = /workspace listens on http:\/\/127\.0\.0\.1:(\d+)/.exec(demo.output()) ?? []
      expect(Number(port)).toBeGreaterThan(0)
      expect(Number(port)).not.toBe(defaultPort)
      expect(demo.output()).toContain('is taken by another program')
      expect(demo.output()).not.toContain('✗')
    },
  )

  it('says in one line what went wrong, shows the log of the operator, and fails', patience, async () => {
    const demo = start()
    await demo.printed('$ kubectl apply')
    const operator = (await processes()).find(({ line }) => line.includes('main.ts run'))
    process.kill(operator?.pid ?? 0, 'SIGKILL')
    expect(await demo.ended).toBe(1)
    expect(demo.output()).toContain('\n✗ The demo stops here: operator ended with SIGKILL\n')
    expect(demo.output()).toMatch(
      /The last lines of the operator:\n( {4}\{.*\}\n)* {4}\{.*"msg":"working"\}\n/,
    )
  })
})
