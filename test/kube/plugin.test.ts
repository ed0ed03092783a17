import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { inspect } from 'node:util'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { stringify } from 'yaml'
import { loadCluster, type ClusterAccess } from '../../src/kube/credentials.ts'
import { newAuthority } from '../certificates.ts'
import { ManualClock } from '../manual-clock.ts'

/** What no error may repeat: it stands in arguments, in the environment and in what plugins print. */
const secret = 'hush-4711'
const apiVersion = 'client.authentication.k8s.io/v1'

let home: string
let clock: ManualClock

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'lakeward-plugin-'))
  clock = new ManualClock()
  vi.stubEnv('KUBECONFIG', undefined)
})

afterEach(async () => {
  vi.unstubAllEnvs()
  await rm(home, { recursive: true })
})

/** A program in the folder of the kubeconfig; the text is its JavaScript. It notes each of its runs. */
async function program(javascript: string): Promise<string> {
  const note = `require('fs').appendFileSync(${JSON.stringify(join(home, 'runs'))}, 'x');`
  await writeFile(join(home, 'plugin'), `#!${process.execPath}\n${note}${javascript}`)
  await chmod(join(home, 'plugin'), 0o755)
  return './plugin'
}

const runs = async () => (await readFile(join(home, 'runs'), 'utf8')).length

/** JavaScript that prints an ExecCredential. */
const prints = (status: object, more: object = {}): string =>
  `console.log(JSON.stringify(${JSON.stringify({ apiVersion, kind: 'ExecCredential', status, ...more })}))`

async function load(exec: object, cluster: object = {}): Promise<ClusterAccess> {
  const path = join(home, 'config')
  const config = {
    clusters: [{ name: 'c', cluster: { server: 'https://api.example:6443', ...cluster } }],
    users: [{ name: 'u', user: { exec: { apiVersion, args: ['--key', secret], ...exec } } }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
    'current-context': 'x',
  }
  await writeFile(path, stringify(config))
  return loadCluster({ kubeconfig: path, clock })
}

const info = (spec: object) => ({ apiVersion, kind: 'ExecCredential', spec })

const authorization = async ({ credential }: ClusterAccess) => (await credential()).headers.authorization

describe('a credential plugin', () => {
  it('gives a token, and is not asked again while that is good', async () => {
    const access = await load({ command: await program(prints({ token: 't' })) })
    expect(await authorization(access)).toBe('Bearer t')
    await clock.advance(3_600_000)
    expect(await authorization(access)).toBe('Bearer t')
    expect(await runs()).toBe(1)
  })

  it('is asked again a minute before the token expires', async () => {
    const expirationTimestamp = new Date(clock.now() + 600_000).toISOString()
    const access = await load({ command: await program(prints({ token: 't', expirationTimestamp })) })
    await access.credential()
    await clock.advance(539_000)
    await access.credential()
    expect(await runs()).toBe(1)
    // Files and expiry are looked at every 10 s.
    await clock.advance(10_000)
    await access.credential()
    expect(await runs()).toBe(2)
  })

  it('is asked again after a refusal, once for all who were refused', async () => {
    const access = await load({ command: await program(prints({ token: 't' })) })
    const refused = await access.credential()
    access.renew(refused)
    access.renew(refused)
    await Promise.all([access.credential(), access.credential()])
    access.renew(refused)
    await access.credential()
    expect(await runs()).toBe(2)
  })

  it('gives a client certificate', async () => {
    const { key, certificate } = newAuthority('a').vouchFor('jane')
    const status = { clientCertificateData: certificate, clientKeyData: key }
    const access = await load({ command: await program(prints(status)) })
    const { headers, tls } = await access.credential()
    expect([headers, tls.cert, tls.key]).toEqual([{}, certificate, key])
  })

  it('is told the cluster when the kubeconfig says so, its variables, and that nobody is there to ask', async () => {
    const dump = `const { KUBERNETES_EXEC_INFO, MINE } = process.env; let typed = '';
      process.stdin.on('data', (text) => { typed += text }).on('end', () => {
        require('fs').writeFileSync(${JSON.stringify(join(home, 'told'))}, JSON.stringify([JSON.parse(KUBERNETES_EXEC_INFO), MINE, typed]));
        ${prints({ token: 't' })} })`
    const ca = Buffer.from(newAuthority('a').certificate).toString('base64')
    const extension = { audience: 'lake' }
    const told = async (exec: object) => {
      const access = await load(
        {
          command: await program(dump),
          env: [{ name: 'MINE', value: 'v' }],
          interactiveMode: 'IfAvailable',
          ...exec,
        },
        {
          'certificate-authority-data': ca,
          'tls-server-name': 'kubernetes',
          extensions: [{ name: 'client.authentication.k8s.io/exec', extension }],
        },
      )
      await access.credential()
      return JSON.parse(await readFile(join(home, 'told'), 'utf8')) as unknown
    }
    const cluster = {
      server: 'https://api.example:6443',
      'tls-server-name': 'kubernetes',
      'certificate-authority-data': ca,
      config: extension,
    }
    expect(await told({ provideClusterInfo: true })).toEqual([info({ interactive: false, cluster }), 'v', ''])
    expect(await told({})).toEqual([info({ interactive: false }), 'v', ''])
  })
})

describe('a credential plugin that does not give one is one clear error without a secret', () => {
  const shout = `process.stderr.write('${secret}'); process.stdout.write('${secret}');`
  it.each([
    ['fails', `${shout} process.exit(3)`, 'ended with exit code 3; run it by hand to see what it says'],
    ['dies', `${shout} process.kill(process.pid, 'SIGKILL')`, 'ended with SIGKILL'],
    ['prints rubbish', shout, `did not print an ExecCredential of ${apiVersion}`],
    ['prints nothing', '', 'did not print an ExecCredential'],
    ['prints null', 'console.log(null)', 'did not print an ExecCredential'],
    ['speaks another version', prints({ token: secret }, { apiVersion: 'v9' }), 'did not print an ExecCred'],
    ['prints no credential', prints({ clientKeyData: secret }), 'neither a token nor a client certificate'],
    ['prints no token but a text', prints({ token: `${secret}\n${secret}` }), 'is no token'],
    [
      'prints a broken certificate',
      prints({ clientCertificateData: secret, clientKeyData: secret }),
      'its CA, or its client certificate with its key, cannot be used (ERR_OSSL_PEM_NO_START_LINE)',
    ],
    ['prints without end', `process.stdout.write('${secret}'.repeat(200_000))`, 'more than 1 MiB'],
  ])('when it %s', async (_what, javascript, message) => {
    const access = await load({ command: await program(javascript) })
    const error = await access.credential().catch((error: unknown) => error)
    expect(String(error)).toContain(message)
    expect(String(error)).toContain(`the kubeconfig ${join(home, 'config')}`)
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain(secret)
  })

  it('when it is not there, with the hint how to get it', async () => {
    const access = await load({ command: 'no-such-plugin', installHint: 'get it\n  at example.com' })
    await expect(access.credential()).rejects.toThrow(
      'the credential plugin "no-such-plugin" is not there: get it at example.com',
    )
  })

  it('when it may not be run', async () => {
    const command = await program('')
    await chmod(join(home, 'plugin'), 0o644)
    const access = await load({ command })
    await expect(access.credential()).rejects.toThrow('may not be run: check the rights of the file')
  })

  it('when it needs somebody at a terminal', async () => {
    const access = await load({ command: await program(''), interactiveMode: 'Always' })
    await expect(access.credential()).rejects.toThrow('wants a terminal (interactiveMode)')
  })

  it('when it hangs; it is ended, and one at a time is run', async () => {
    const pid = join(home, 'pid')
    const hang = `require('fs').writeFileSync(${JSON.stringify(pid)}, String(process.pid)); setInterval(() => {}, 9)`
    const access = await load({ command: await program(hang) })
    const both = Promise.allSettled([access.credential(), access.credential()])
    const running = async () => Number(await readFile(pid, 'utf8').catch(() => ''))
    await vi.waitUntil(running, { timeout: 10_000 })
    await clock.advance(60_000)
    for (const { status, ...rest } of await both) {
      expect(status).toBe('rejected')
      expect(inspect(rest)).toContain('did not end within 60 s')
    }
    expect(await runs()).toBe(1)
    const isAlive = async () => {
      try {
        return process.kill(await running(), 0)
      } catch {
        return false
      }
    }
    await vi.waitUntil(async () => !(await isAlive()), { timeout: 10_000 })
  })
})
