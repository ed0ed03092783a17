import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runCommand, type CommandResult } from '../control-plane/command.ts'
import { startControlPlane, type ControlPlane } from '../control-plane/control-plane.ts'
import { mustKubectl } from '../control-plane/kubectl.ts'
import { isTaken } from '../control-plane/ports.ts'
import type { Progress } from '../control-plane/progress.ts'
import { ServerProcess } from '../control-plane/server-process.ts'
import { Watchdog } from '../control-plane/watchdog.ts'
import { defaultPort } from '../simulator/simulator.ts'

/** Everything the story plays on: Kubernetes, a Databricks workspace and the operator, each a program. */
export interface Stage {
  kubernetesUrl: string
  simulatorUrl: string
  /** Whom Kubernetes sees when the operator calls. */
  operatorUser: string
  /** The administrator's kubeconfig. */
  kubeconfig: string
  /** Has `examples/` in it; commands run here. */
  folder: string
  /** `examples/` there is a copy, because the simulator does not listen where the examples say. */
  isCopied: boolean
  /** Holds kubectl and nothing else. */
  tools: string
  /** Runs a command as a shell would on this stage. */
  run(command: string): Promise<CommandResult>
  /** The last lines of the operator's log. */
  operatorLog(): Promise<string>
  /** Resolves with a sentence when one of the programs ends. */
  lost: Promise<string>
  /** Ends the programs and removes what they kept. */
  stop(): Promise<void>
}

interface Means {
  progress: Progress
  signal: AbortSignal
}

/**
 * A cluster takes 30 s to start at Databricks' own pace. Ten times as fast nobody has to wait, and it still
 * runs for six minutes before it stops because nobody uses it.
 */
export const simulatorSpeed = 10

/** The host in `examples/`. */
const usualUrl = `http://127.0.0.1:${defaultPort}`

const namespace = 'lakeward-system'
const serviceAccount = 'lakeward'
const clusterRole = 'lakeward-operator'
const leaseRole = 'lakeward-operator-lease'

const project = fileURLToPath(new URL('../../', import.meta.url))
const lakeward = fileURLToPath(new URL('../main.ts', import.meta.url))
const readyWithin = 30_000

/** Starts the three programs. A start that fails or is aborted leaves nothing behind. */
export async function startStage(means: Means): Promise<Stage> {
  const undo = new AsyncDisposableStack()
  try {
    return await build(means, undo)
  } catch (error) {
    await undo.disposeAsync()
    throw error
  }
}

async function build({ progress, signal }: Means, undo: AsyncDisposableStack): Promise<Stage> {
  const own = await mkdtemp(join(tmpdir(), 'lakeward-demo-'))
  undo.defer(() => rm(own, { recursive: true, force: true, maxRetries: 5 }))
  // Should we die without tidying up, by a SIGKILL for instance, this does it.
  const watchdog = new Watchdog(own)
  undo.defer(() => watchdog.dismiss())
  const kubeconfig = join(own, 'kubeconfig')
  const controlPlane = await startControlPlane({ kubeconfig, progress, signal })
  undo.defer(() => controlPlane.stop())
  const tools = join(own, 'bin')
  await mkdir(tools)
  await symlink(controlPlane.binaries.kubectl, join(tools, 'kubectl'))

  const launch = { folder: own, watchdog, undo, signal }
  progress('Starting the Databricks workspace')
  const simulator = await startSimulator(launch)
  const simulatorUrl = await addressOf(simulator)
  progress('Starting the operator')
  const ownKubeconfig = await admitOperator(controlPlane, signal)
  const flags = ['--kubeconfig', ownKubeconfig, '--lease-namespace', namespace, '--allow-http']
  const operator = await startProgram('run', { args: flags, readyAfter: '"msg":"working"' }, launch)

  const isCopied = simulatorUrl !== usualUrl
  if (isCopied) await copyExamples(join(own, 'examples'), simulatorUrl)
  const folder = isCopied ? own : project
  const environment = shellEnvironment({ own, tools, kubeconfig })
  return {
    kubernetesUrl: controlPlane.url,
    simulatorUrl,
    operatorUser: `system:serviceaccount:${namespace}:${serviceAccount}`,
    kubeconfig,
    folder,
    isCopied,
    tools,
    run: (command) =>
      runCommand('/bin/sh', ['-c', `exec ${command}`], { environment, directory: folder, signal }),
    operatorLog: () => operator.tail(),
    lost: Promise.race([controlPlane.exited, simulator.ended, operator.ended]),
    stop: () => undo.disposeAsync(),
  }
}

/** What a person would export to work here, and nothing of the person's own habits. */
const shellEnvironment = (places: { own: string; tools: string; kubeconfig: string }): NodeJS.ProcessEnv => ({
  ...process.env,
  PATH: `${places.tools}${delimiter}${process.env.PATH ?? ''}`,
  KUBECONFIG: places.kubeconfig,
  KUBECACHEDIR: join(places.own, 'kubectl-cache'),
  KUBERC: 'off',
})

interface Launch {
  folder: string
  watchdog: Watchdog
  undo: AsyncDisposableStack
  signal: AbortSignal
}

/** Starts a command of lakeward as a process; it is ready once its output holds `readyAfter`. */
async function startProgram(
  command: 'simulator' | 'run',
  { args, readyAfter }: { args: readonly string[]; readyAfter: string },
  { folder, watchdog, undo, signal }: Launch,
): Promise<ServerProcess> {
  const program = new ServerProcess({
    name: command === 'run' ? 'operator' : command,
    file: process.execPath,
    args: [lakeward, command, ...args],
    folder,
    onStart: (child) => watchdog.add(child),
  })
  undo.defer(() => program.stop(true))
  const isReady = async () => (await program.tail()).includes(readyAfter)
  await program.ready(isReady, { milliseconds: readyWithin, signal })
  return program
}

/** Where the examples expect Databricks, or on a free port if another program listens there. */
async function startSimulator(launch: Launch): Promise<ServerProcess> {
  const start = (port: number) => {
    const args = ['--port', String(port), '--speed', String(simulatorSpeed)]
    return startProgram('simulator', { args, readyAfter: 'listening on ' }, launch)
  }
  try {
    return await start(defaultPort)
  } catch (error) {
    launch.signal.throwIfAborted()
    if (await isTaken(defaultPort)) return start(0)
    throw error
  }
}

async function addressOf(simulator: ServerProcess): Promise<string> {
  const [, url] = /listening on (\S+)/.exec(await simulator.tail()) ?? []
  if (url === undefined) throw new Error(`the simulator does not say where it listens; see ${simulator.log}`)
  return url
}

async function copyExamples(to: string, url: string): Promise<void> {
  await cp(join(project, 'examples'), to, { recursive: true })
  const workspace = join(to, '1-workspace.yaml')
  const text = await readFile(workspace, 'utf8')
  await writeFile(workspace, text.replaceAll(usualUrl, url))
}

/** Gives the operator a ServiceAccount with the generated roles, and returns its kubeconfig. */
async function admitOperator(controlPlane: ControlPlane, signal: AbortSignal): Promise<string> {
  const account = `--serviceaccount=${namespace}:${serviceAccount}`
  for (const args of [
    ['create', 'namespace', namespace],
    ['create', 'serviceaccount', serviceAccount, '--namespace', namespace],
    ['create', 'clusterrolebinding', clusterRole, `--clusterrole=${clusterRole}`, account],
    ['create', 'rolebinding', leaseRole, `--clusterrole=${leaseRole}`, account, '--namespace', namespace],
  ])
    await mustKubectl(controlPlane.kubectl, args, signal)
  return controlPlane.kubeconfigFor({ namespace, serviceAccount })
}
