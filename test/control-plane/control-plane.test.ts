import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { prepareBinaries, type Binaries } from '../../src/control-plane/binaries.ts'
import {
  startControlPlane,
  type ControlPlane,
  type ControlPlaneOptions,
} from '../../src/control-plane/control-plane.ts'
import { installManifests } from '../../src/control-plane/manifests.ts'
import { freePorts } from '../../src/control-plane/ports.ts'
import { writeProgram } from './fake-programs.ts'
import { processesWith, startProgram } from './program.ts'
import { temporaryFolder } from './temporary-folder.ts'

/** A start takes 3 s on an idle machine. */
const patience = { timeout: 120_000 }
const soon = { timeout: 20_000, interval: 50 }

/** All temporary folders of this file lie here, so that what is left over shows. */
let scratch = ''
let binaries: Binaries
const usualFolder = process.env.TMPDIR

beforeAll(async () => {
  binaries = await prepareBinaries({ progress: (sentence) => process.stderr.write(`${sentence}\n`) })
  scratch = await mkdtemp(join(tmpdir(), 'lakeward-scenario-'))
  process.env.TMPDIR = scratch
}, 40 * 60_000)

afterAll(async () => {
  if (usualFolder === undefined) delete process.env.TMPDIR
  else process.env.TMPDIR = usualFolder
  const left = await leftBehind()
  await rm(scratch, { recursive: true, force: true })
  expect(left).toEqual(nothing)
})

const nothing = { folders: [], processes: [] }

/** The control planes' folders and processes that are still there. */
async function leftBehind() {
  const folders = (await readdir(scratch)).filter((name) => name.startsWith('lakeward-control-plane-'))
  return { folders, processes: processesWith({ text: scratch }) }
}

async function start(options: Partial<ControlPlaneOptions> = {}): Promise<ControlPlane> {
  const controlPlane = await startControlPlane({
    progress: () => undefined,
    manifests: false,
    environment: { ...process.env, KUBEBUILDER_ASSETS: binaries.directory },
    ...options,
  })
  onTestFinished(() => controlPlane.stop())
  return controlPlane
}

/** Standard output of a kubectl that has to succeed. */
async function kubectl(controlPlane: ControlPlane, args: string[], kubeconfig?: string): Promise<string> {
  const { stdout, stderr, code } = await controlPlane.kubectl(
    args,
    kubeconfig === undefined ? {} : { kubeconfig },
  )
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  return stdout
}

const crd = `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: boats.example.dev}
spec:
  group: example.dev
  names: {kind: Boat, plural: boats, singular: boat}
  scope: Namespaced
  versions:
    - {name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}
`
const role = `
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: sailor}
rules: [{apiGroups: [example.dev], resources: [boats], verbs: [get]}]
`
const policy = `
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: afloat}
spec:
  matchConstraints:
    resourceRules: [{apiGroups: [example.dev], apiVersions: [v1], operations: [DELETE], resources: [boats]}]
  validations: [{expression: 'false'}]
`

describe('a control plane in a temporary folder', () => {
  it('serves, witnesses, lets ServiceAccounts in, and leaves nothing', patience, async () => {
    const kubeconfig = join(await temporaryFolder(), 'admin')
    const controlPlane = await start({ kubeconfig })
    expect(await kubectl(controlPlane, ['get', 'namespaces', '-o', 'name'])).toContain('namespace/default')
    expect(await readFile(kubeconfig, 'utf8')).toContain(controlPlane.url)
    expect((await stat(kubeconfig)).mode & 0o777).toBe(0o600)

    await kubectl(controlPlane, ['create', 'serviceaccount', 'operator'])
    const access = await controlPlane.kubeconfigFor({ namespace: 'default', serviceAccount: 'operator' })
    const who = await kubectl(
      controlPlane,
      ['auth', 'whoami', '-o', 'jsonpath={.status.userInfo.username}'],
      access,
    )
    expect(who).toBe('system:serviceaccount:default:operator')
    const refused = await controlPlane.kubectl(['get', 'secrets'], { kubeconfig: access })
    expect(refused.code).toBe(1)
    expect(refused.stderr).toContain('Forbidden')

    await vi.waitFor(async () => {
      const events = (await readFile(controlPlane.auditLog, 'utf8')).trimEnd().split('\n')
      const seen = events.map((line) => JSON.parse(line) as Record<string, unknown>)
      expect(seen).toContainEqual(
        expect.objectContaining({
          level: 'Metadata',
          verb: 'list',
          user: expect.objectContaining({ username: 'system:serviceaccount:default:operator' }),
          objectRef: expect.objectContaining({ resource: 'secrets', namespace: 'default' }),
          responseStatus: expect.objectContaining({ code: 403 }),
        }),
      )
      expect(seen.filter(({ stage }) => stage === 'RequestReceived')).toEqual([])
    }, soon)

    await controlPlane.stop()
    await controlPlane.stop()
    expect({ folder: existsSync(controlPlane.directory), kubeconfig: existsSync(kubeconfig) }).toEqual({
      folder: false,
      kubeconfig: false,
    })
    expect(processesWith({ text: controlPlane.directory })).toEqual([])
  })

  it('has our CRDs served, and roles and policies there, once they are installed', patience, async () => {
    const root = await temporaryFolder()
    const controlPlane = await start()
    await installManifests({ root, kubectl: controlPlane.kubectl })
    await mkdir(join(root, 'crds'))
    const files = join(root, 'charts', 'lakeward', 'files')
    await mkdir(join(files, 'policies'), { recursive: true })
    await writeFile(join(root, 'crds', 'boats.yaml'), crd)
    await writeFile(join(files, 'role.yaml'), role)
    await writeFile(join(files, 'policies', 'afloat.yaml'), policy)
    await installManifests({ root, kubectl: controlPlane.kubectl })
    const boat = { apiVersion: 'example.dev/v1', kind: 'Boat', metadata: { name: 'one' } }
    const applied = await controlPlane.kubectl(['apply', '-f', '-'], { input: JSON.stringify(boat) })
    expect(applied).toMatchObject({ code: 0, stdout: 'boat.example.dev/one created\n' })
    for (const [kind, name] of [
      ['clusterrole', 'sailor'],
      ['validatingadmissionpolicy', 'afloat'],
    ] as const)
      expect(await kubectl(controlPlane, ['get', kind, name, '-o', 'name'])).toContain(name)
    await installManifests({ root, kubectl: controlPlane.kubectl })
  })

  it('says which server was lost', patience, async () => {
    const controlPlane = await start()
    const [etcd] = processesWith({ text: `--data-dir=${controlPlane.directory}` })
    process.kill(etcd ?? 0, 'SIGKILL')
    expect(await controlPlane.exited).toMatch(
      /^etcd ended with SIGKILL although nobody stopped it; see .*etcd\.log$/,
    )
  })
})

describe('a start that fails', () => {
  it('carries the last words of the server and leaves nothing', patience, async () => {
    const folder = await temporaryFolder()
    for (const name of ['etcd', 'kubectl']) await symlink(join(binaries.directory, name), join(folder, name))
    await writeProgram(
      folder,
      'kube-apiserver',
      `[ "$1" = --version ] && echo Kubernetes v1.37.2 && exit; echo 'unknown flag: --sail' >&2; exit 7`,
    )
    const started = start({ environment: { ...process.env, KUBEBUILDER_ASSETS: folder } })
    await expect(started).rejects.toThrow(
      /kube-apiserver ended with exit code 7; its last lines:\nunknown flag: --sail/,
    )
    expect(await leftBehind()).toEqual(nothing)
  })

  it('says at once that the port is taken', patience, async () => {
    const taken = createServer().listen(0, '127.0.0.1')
    onTestFinished(() => void taken.close())
    await once(taken, 'listening')
    const { port } = taken.address() as AddressInfo
    await expect(start({ port })).rejects.toThrow(`Port ${port} of 127.0.0.1 is taken by another program`)
    expect(await leftBehind()).toEqual(nothing)
  })

  it('stops in the middle when aborted', patience, async () => {
    const controller = new AbortController()
    const started = start({
      signal: controller.signal,
      progress: (sentence) =>
        sentence.startsWith('Starting') && setImmediate(() => controller.abort(new Error('enough'))),
    })
    await expect(started).rejects.toThrow('enough')
    expect(await leftBehind()).toEqual(nothing)
  })
})

describe('the program', () => {
  it('stops cleanly on SIGTERM', patience, async () => {
    const program = startProgram([])
    const url = (await program.printed('listening on ')).slice('listening on '.length)
    expect(url).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/)
    expect(await program.printed('  export KUBECONFIG=')).toContain(scratch)
    program.child.kill('SIGTERM')
    expect(await program.ended).toBe(0)
    expect(await leftBehind()).toEqual(nothing)
  })

  it('takes its servers and its temporary folder with it when it is killed', patience, async () => {
    const program = startProgram(['--no-crds'])
    await program.printed('listening on ')
    expect(processesWith({ text: scratch }).length).toBeGreaterThan(1)
    program.child.kill('SIGKILL')
    await vi.waitFor(async () => {
      expect(await leftBehind()).toEqual(nothing)
    }, soon)
  })

  it('goes on from its folder after a kill that its servers survived', patience, async () => {
    const directory = await temporaryFolder()
    const program = startProgram(['--no-crds', '--dir', directory])
    const url = (await program.printed('listening on ')).slice('listening on '.length)
    await expect(start({ directory })).rejects.toThrow(
      `${directory} is in use by process ${program.child.pid}`,
    )

    const killed = processesWith({ text: directory })
    // The watchdog first, or there would be no leftovers.
    const children = processesWith({ parent: program.child.pid ?? -1 })
    const watchdog = processesWith({ text: 'lakeward-watchdog' }).find((pid) => children.includes(pid))
    process.kill(watchdog ?? 0, 'SIGKILL')
    program.child.kill('SIGKILL')
    await program.ended
    const leftovers = processesWith({ text: directory })
    expect(leftovers).toHaveLength(killed.length - 1)

    const kubeconfig = await readFile(join(directory, 'kubeconfig'), 'utf8')
    const again = await start({ directory })
    expect(again.url).toBe(url)
    expect(processesWith({ text: directory }).filter((pid) => leftovers.includes(pid))).toEqual([])
    expect(await readFile(again.kubeconfig, 'utf8')).toBe(kubeconfig)
  })

  it('keeps data and logins over a stop when it has a folder', patience, async () => {
    const directory = await temporaryFolder()
    const [port] = await freePorts(1)
    const options = { directory, ...(port !== undefined && { port }) }
    const first = await start(options)
    await kubectl(first, ['create', 'configmap', 'kept', '--from-literal=a=b'])
    await kubectl(first, ['create', 'serviceaccount', 'operator'])
    await kubectl(first, [
      'create',
      'clusterrolebinding',
      'x',
      '--clusterrole=view',
      '--serviceaccount=default:operator',
    ])
    const access = await first.kubeconfigFor({ namespace: 'default', serviceAccount: 'operator' })
    await first.stop()
    expect(processesWith({ text: directory })).toEqual([])

    const second = await start({ directory })
    expect(second.url).toBe(`https://127.0.0.1:${port}`)
    expect(await kubectl(second, ['get', 'configmap', 'kept', '-o', 'jsonpath={.data.a}'])).toBe('b')
    expect(
      await kubectl(second, ['auth', 'whoami', '-o', 'jsonpath={.status.userInfo.username}'], access),
    ).toBe('system:serviceaccount:default:operator')
  })

  it('prints the folder of the binaries as its last line', patience, async () => {
    const program = startProgram(['binaries'], { ...process.env, KUBEBUILDER_ASSETS: binaries.directory })
    expect(await program.ended).toBe(0)
    expect(program.lines.at(-1)).toBe(binaries.directory)
  })
})
