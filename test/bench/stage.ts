import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parse } from 'yaml'
import { z } from 'zod'
import { startControlPlane, type ControlPlane } from '../../src/control-plane/control-plane.ts'
import { bundle } from '../../src/image/bundle.ts'
import { nodeFlagsIn } from '../image/dockerfile.ts'
import { AuditLog } from './audit-log.ts'
import { BareClient, type BareServer } from './bare-client.ts'
import type { BenchmarkContext } from './benchmark.ts'
import { workspaceManifests } from './job-manifest.ts'
import { jsonLines } from './json-lines.ts'
import { Programs, type RunningProgram } from './programs.ts'
import { RequestLog } from './request-log.ts'

/** A control plane, the simulator and what an operator needs to start, each as processes of their own. */
export interface Stage {
  /** Speaks to the API server as its administrator. */
  readonly kubernetes: BareClient
  readonly audit: AuditLog
  /** The operator's name in the log of requests. */
  readonly operatorUser: string
  /** Speaks to the simulator with the token that the operator gets, too. */
  readonly databricks: BareClient
  readonly requests: RequestLog
  readonly host: string
  readonly token: string
  /** Falls when somebody asks to stop, or when a program ends by itself; everything that waits heeds it. */
  readonly signal: AbortSignal
  /** kubectl as administrator, with text for `-f -`; anything but success is thrown. */
  readonly kubectl: (args: readonly string[], input?: string) => Promise<string>
  /** The operator as the image has it, under its own ServiceAccount and role, working in one namespace. */
  readonly startOperator: (namespace: string, how?: OperatorStart) => Promise<RunningProgram>
  /** For what else is written; removed at the end. */
  readonly folder: string
  /** Where the API server is, and a token of its administrator. */
  readonly apiServer: Omit<BareServer, 'connections'>
}

/** How an operator is started that is not as usual. */
interface OperatorStart {
  /** Of its log, for one beside others. */
  readonly name?: string
  /** What it says once it is as it is wanted: it works, unless said. */
  readonly works?: RegExp
  readonly flags?: readonly string[]
  /** For Node itself. */
  readonly nodeArgs?: readonly string[]
  /** Instead of the bundle. */
  readonly program?: string
}

const dockerfile = fileURLToPath(new URL('../../Dockerfile', import.meta.url))
const chartValues = fileURLToPath(new URL('../../charts/lakeward/values.yaml', import.meta.url))
const valuesSchema = z.object({
  resources: z.object({ limits: z.object({ memory: z.string().regex(/^\d+Mi$/) }) }),
})
const token = 'lakeward-bench'
const account = { namespace: 'lakeward-system', serviceAccount: 'lakeward' }
const accountManifests = [
  { apiVersion: 'v1', kind: 'Namespace', metadata: { name: account.namespace } },
  {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: account.serviceAccount, namespace: account.namespace },
  },
  {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    metadata: { name: 'lakeward-operator' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'lakeward-operator' },
    subjects: [{ kind: 'ServiceAccount', name: account.serviceAccount, namespace: account.namespace }],
  },
  {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata: { name: 'lakeward-operator-lease', namespace: account.namespace },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'lakeward-operator-lease' },
    subjects: [{ kind: 'ServiceAccount', name: account.serviceAccount, namespace: account.namespace }],
  },
]

/**
 * Starts everything but the operator; what it has started goes onto `resources`, also when a later step fails.
 * `connections` is for each of the two bare clients.
 */
export async function openStage(
  { progress, signal: asked }: BenchmarkContext,
  resources: AsyncDisposableStack,
  connections: number,
): Promise<Stage> {
  const folder = await mkdtemp(join(tmpdir(), 'lakeward-bench-'))
  resources.defer(() => rm(folder, { recursive: true, force: true }))
  const controlPlane = await startControlPlane({ progress, signal: asked })
  resources.defer(() => controlPlane.stop())
  const programs = resources.use(new Programs(folder))
  const signal = AbortSignal.any([asked, programs.lost, lossOf(controlPlane)])

  const apiServer = await administrator(controlPlane)
  const kubernetes = new BareClient({ ...apiServer, connections })
  resources.defer(() => kubernetes.close())
  const kubectl = kubectlOf(controlPlane, signal)
  await kubectl(['apply', '-f', '-'], jsonLines(accountManifests))

  const bundled = await bundle(join(folder, 'app'))
  const imageArgs = [...(await heapOfPod()), ...nodeFlagsIn(await readFile(dockerfile, 'utf8'))]
  progress('Starting the simulator')
  const host = await startSimulator(programs, signal)
  const databricks = new BareClient({ url: host, token, connections })
  resources.defer(() => databricks.close())
  return {
    kubernetes,
    audit: new AuditLog(controlPlane.auditLog, (path) => kubernetes.call({ method: 'GET', path, signal })),
    operatorUser: `system:serviceaccount:${account.namespace}:${account.serviceAccount}`,
    databricks,
    requests: new RequestLog(databricks, signal),
    host,
    token,
    signal,
    kubectl,
    folder,
    apiServer,
    startOperator: async (namespace, how = {}) => {
      const { name = 'operator', works = /"msg":"working"/, flags: more = [], nodeArgs = [] } = how
      const { program = bundled } = how
      progress('Starting the operator')
      const kubeconfig = await controlPlane.kubeconfigFor(account)
      const flags = [
        '--kubeconfig',
        kubeconfig,
        '--namespaces',
        namespace,
        '--instance',
        'bench',
        '--lease-namespace',
        account.namespace,
        '--allow-http',
        ...more,
      ]
      return programs.start({
        name,
        program: [...imageArgs, ...nodeArgs, program],
        args: ['run', ...flags],
        works,
        signal,
      })
    },
  }
}

/**
 * What Node takes from the memory limit of its container, which nothing sets here: half of it for its heap, and the
 * least for what is young in it (so measured with Node 24 and 512 MiB).
 */
async function heapOfPod(): Promise<string[]> {
  const values = valuesSchema.parse(parse(await readFile(chartValues, 'utf8')))
  const limit = Number(/^(\d+)Mi$/.exec(values.resources.limits.memory)?.[1])
  return [`--max-old-space-size=${limit / 2}`, '--max-semi-space-size=1']
}

/** A namespace with a workspace `default` in it that is connected. */
export async function prepareWorkspace(
  { kubectl, host, token }: Stage,
  { namespace, interval }: { namespace: string; interval?: string },
): Promise<void> {
  await kubectl(['apply', '-f', '-'], jsonLines(workspaceManifests(namespace, { host, token, interval })))
  const wait = ['wait', '--for=condition=Ready', '--timeout=60s', 'databricksworkspace/default']
  await kubectl([...wait, '--namespace', namespace])
}

function lossOf(controlPlane: ControlPlane): AbortSignal {
  const lost = new AbortController()
  void controlPlane.exited.then((sentence) => lost.abort(new Error(sentence)))
  return lost.signal
}

function kubectlOf(controlPlane: ControlPlane, signal: AbortSignal): Stage['kubectl'] {
  return async (args, input = '') => {
    const { code, stdout, stderr } = await controlPlane.kubectl(args, { input, signal })
    if (code === 0) return stdout
    throw new Error(`kubectl ${args.join(' ')} failed: ${stderr.trim().slice(0, 2_000)}`)
  }
}

/** Returns its address. */
async function startSimulator(programs: Programs, signal: AbortSignal): Promise<string> {
  const listening = /^listening on (\S+)\n/m
  const args = ['simulator', '--port', '0', '--token', token]
  const simulator = await programs.start({ name: 'simulator', args, works: listening, signal })
  return listening.exec(await simulator.log())?.[1] ?? ''
}

const kubeconfigSchema = z.object({
  clusters: z.tuple([
    z.object({ cluster: z.object({ server: z.url(), 'certificate-authority-data': z.base64() }) }),
  ]),
  users: z.tuple([z.object({ user: z.object({ token: z.string() }) })]),
})

async function administrator({ kubeconfig }: ControlPlane) {
  const { clusters, users } = kubeconfigSchema.parse(parse(await readFile(kubeconfig, 'utf8')))
  const { server, 'certificate-authority-data': authority } = clusters[0].cluster
  return {
    url: server,
    certificate: Buffer.from(authority, 'base64').toString('utf8'),
    token: users[0].user.token,
  }
}
