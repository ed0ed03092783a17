import { once } from 'node:events'
import { mkdir, readdir, stat, writeFile } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { describe, expect, inject } from 'vitest'
import { stringify } from 'yaml'
import { assembleImage, type Image } from '../image/assemble.ts'
import { Container, obstacle } from '../image/container.ts'
import { NameServer } from '../image/name-server.ts'
import { startPlain, type Running } from '../image/program.ts'
import { ApiServer } from './api-server.ts'
import { inWorld } from './in-world.ts'
import { job } from './manifests.ts'
import { until } from './until.ts'
import type { World } from './world.ts'

/*
 * The files that a builder makes of the Dockerfile, run as Kubernetes runs them: as process 1, as the image's user,
 * on a read-only root, with what a pod finds of its ServiceAccount. Where we lack the rights for that, they still
 * run as any program does.
 */

const why = obstacle()
if (why !== undefined) process.stderr.write(`The image is not tried as a container: ${why}\n`)

const it = inWorld()
  .extend('image', { scope: 'file' }, async ({ world }) => {
    const folder = join(world.folder, 'image')
    await mkdir(folder)
    return assembleImage(folder)
  })
  // What a pod has in its environment; its files are in the image then.
  .extend('environment', { scope: 'file' }, async ({ world, image }) => {
    await world.operator.stop()
    return mountAccount(world, image)
  })

/** What is in a folder and below: each file with its size and its time. */
async function filesIn(folder: string): Promise<Map<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries
    .filter((entry) => !entry.isDirectory())
    .map((file) => join(file.parentPath, file.name))
  const facts = await Promise.all(files.map((file) => stat(file)))
  return new Map(
    facts.map(({ size, mtimeMs }, at) => [files[at]?.slice(folder.length) ?? '', `${size} ${mtimeMs}`]),
  )
}

/** The image's own command, and what it is told besides; here it takes any free port. */
const argumentsFor = ({ namespace }: World, { command }: Image) => [
  ...command,
  `--namespaces=${namespace}`,
  `--instance=${namespace}`,
  '--allow-http',
  '--health-port=0',
]

async function apiServer(): Promise<{ url: URL; certificate: string }> {
  const server = new ApiServer(inject('kubeconfig'))
  await server.close()
  return { url: new URL(server.url), certificate: server.certificate }
}

/** A token of the operator's ServiceAccount. */
const tokenFor = async ({ kubernetes }: World): Promise<string> =>
  (await kubernetes.kubectl(['create', 'token', 'lakeward-operator'])).trim()

/** A kubeconfig whose user has a token from a plugin. */
async function kubeconfigFor(world: World): Promise<string> {
  const { url, certificate } = await apiServer()
  const apiVersion = 'client.authentication.k8s.io/v1'
  const status = { token: await tokenFor(world) }
  const credential = JSON.stringify({ apiVersion, kind: 'ExecCredential', status })
  const exec = { apiVersion, interactiveMode: 'Never', command: 'echo', args: [credential] }
  const authority = Buffer.from(certificate).toString('base64')
  const path = join(world.folder, 'plugin.kubeconfig')
  const text = stringify({
    clusters: [{ name: 'it', cluster: { server: url.origin, 'certificate-authority-data': authority } }],
    users: [{ name: 'us', user: { exec } }],
    contexts: [{ name: 'here', context: { cluster: 'it', user: 'us', namespace: world.namespace } }],
    'current-context': 'here',
  })
  await writeFile(path, text)
  return path
}

/** Puts the files of the ServiceAccount where the kubelet mounts them; returns what it puts into the environment. */
async function mountAccount(world: World, { root }: Image): Promise<NodeJS.ProcessEnv> {
  const { url, certificate } = await apiServer()
  const account = join(root, 'var/run/secrets/kubernetes.io/serviceaccount')
  await mkdir(account, { recursive: true })
  await writeFile(join(account, 'token'), await tokenFor(world))
  await writeFile(join(account, 'ca.crt'), certificate)
  await writeFile(join(account, 'namespace'), world.namespace)
  return { KUBERNETES_SERVICE_HOST: url.hostname, KUBERNETES_SERVICE_PORT: url.port }
}

/** Waits until it works; returns the address at which it serves its health. */
async function works(program: Running): Promise<string> {
  const port = await until('the program works', () => {
    const found = /"msg":"working"/.test(program.log) && /"healthPort":(\d+)/.exec(program.log)?.[1]
    if (found) return found
    throw new Error(program.log)
  })
  return `http://127.0.0.1:${port}`
}

/** Applies a job, on which somebody has to work. */
async function expectWork({ kubernetes, databricks }: World, name: string): Promise<void> {
  await kubernetes.apply(job(name))
  await kubernetes.has('JobSpec', name, { Ready: 'True Applied' })
  expect(await databricks.jobsNamed(name)).toHaveLength(1)
}

describe('the image', () => {
  it('has the bundle, Node, its libraries and their licences, and nothing else', async ({ image }) => {
    const names = [...(await filesIn(image.root)).keys()].toSorted()
    const library =
      /^\/usr\/lib(64)?\/([\w-]+\/)?(ld-linux-[\w-]+|lib(c|dl|gcc_s|m|pthread|stdc\+\+))\.so\.\d+$/
    expect(names.filter((name) => library.test(name))).toHaveLength(7)
    expect(
      names.filter((name) => !/^\/app\/[a-z-]+\.mjs(\.map)?$/.test(name) && !library.test(name)),
    ).toEqual([
      '/app/LICENSE',
      '/app/NOTICES.txt',
      '/lib',
      '/lib64',
      '/usr/local/bin/node',
      '/usr/local/share/doc/node/LICENSE',
      '/usr/share/doc/libc6/copyright',
      '/usr/share/doc/libgcc-s1/copyright',
      '/usr/share/doc/libstdc++6/copyright',
    ])
  })

  it('works as any program, with a token from a plugin, and writes no file', async ({ world, image }) => {
    await world.operator.stop()
    const before = await filesIn(image.root)
    const place = [`--kubeconfig=${await kubeconfigFor(world)}`, `--lease-namespace=${world.namespace}`]
    const program = startPlain(image, {
      args: [...argumentsFor(world, image), ...place],
      environment: { PATH: process.env['PATH'] },
    })
    try {
      await works(program)
      await expectWork(world, 'by-a-program')
    } finally {
      expect(await program.end('SIGTERM'), program.log).toBe(0)
    }
    expect(await filesIn(image.root)).toEqual(before)
  })
})

const contained = why === undefined ? '' : ` is not tried: ${why}`

describe.skipIf(why !== undefined)(`the image as a container${contained}`, () => {
  it('does its work as a pod would', async ({ world, image, environment }) => {
    await using container = new Container(image, { args: argumentsFor(world, image), environment })
    const health = await works(container)
    const facts = await container.facts()
    const all = ['Uid', 'Gid', 'Groups', 'CapEff', 'NoNewPrivs'].map((name) => facts?.of(name))
    const four = '65532 65532 65532 65532'
    expect(all).toEqual([four, four, '', '0000000000000000', '1'])
    expect(facts?.of('NSpid')).toMatch(/ 1$/)
    expect(facts?.mounts).toEqual({
      '/': expect.stringMatching(/^ro,/) as string,
      '/proc': expect.any(String) as string,
    })

    await expectWork(world, 'by-a-pod')
    for (const path of ['/healthz', '/readyz']) expect((await fetch(health + path)).status).toBe(200)
    expect(await (await fetch(`${health}/metrics`)).text()).toMatch(
      /^lakeward_reconcile_total\{.*kind="JobSpec".*\} \d/m,
    )
    expect(await container.end('SIGTERM'), container.log).toBe(0)
  })

  it('finds hosts, first in the file that the kubelet writes, time zones and a home', async ({ image }) => {
    await using server = await new NameServer().start()
    await mkdir(join(image.root, 'etc'))
    await writeFile(join(image.root, 'etc/hosts'), '127.0.0.1 localhost\n192.0.2.7 alias.example\n')
    await writeFile(join(image.root, 'etc/resolv.conf'), `nameserver ${server.address}\nsearch .\n`)
    const script = `
      const { lookup } = require('node:dns').promises
      const found = (name) => lookup(name).then(({ address }) => address, ({ code }) => code)
      const berlin = new Intl.DateTimeFormat('de', { timeZone: 'Europe/Berlin', timeStyle: 'short' })
      Promise.all(['localhost', 'alias.example', 'absent.example'].map(found))
        .then((hosts) => console.log(...hosts, berlin.format(0), require('node:os').homedir()))`
    const node = { ...image, entrypoint: image.entrypoint.slice(0, 1) }
    await using container = new Container(node, { args: ['--eval', script], environment: {} })
    expect(await container.ended(), container.log).toBe(0)
    expect(container.log).toBe('127.0.0.1 192.0.2.7 ENOTFOUND 01:00 /\n')
    expect([...server.asked]).toEqual(['absent.example'])
  })

  it('ends with 0 while the API server does not answer', async ({ world, image, environment }) => {
    const silent = createServer()
    await new Promise<void>((resolve) => silent.listen(0, resolve))
    const KUBERNETES_SERVICE_PORT = `${(silent.address() as AddressInfo).port}`
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      await using container = new Container(image, {
        args: argumentsFor(world, image),
        environment: { ...environment, KUBERNETES_SERVICE_PORT },
      })
      await once(silent, 'connection')
      const asked = performance.now()
      expect(await container.end(signal), container.log).toBe(0)
      // Far less than a connection may take to be made.
      expect(performance.now() - asked).toBeLessThan(5_000)
    }
    silent.close()
  })
})
