import { constants } from 'node:os'
import { Command, InvalidArgumentError } from 'commander'
import { prepareBinaries } from '../control-plane/binaries.ts'
import {
  startControlPlane,
  type ControlPlane,
  type ControlPlaneOptions,
} from '../control-plane/control-plane.ts'
import { untilSignal } from './foreground.ts'

interface Flags {
  kubeconfig?: string
  port?: number
  dir?: string
  crds: boolean
}

/** `lakeward control-plane`: etcd and kube-apiserver on this machine, in the foreground. */
export function controlPlaneCommand(): Command {
  const command = new Command('control-plane')
    .description('run etcd and kube-apiserver on loopback with the Lakeward CRDs, until Ctrl-C')
    .option('--kubeconfig <file>', "write the administrator's kubeconfig here (default: into the folder)")
    .option(
      '--port <number>',
      "the API server's port (default: the folder's last one, else a free one)",
      parsePort,
    )
    .option('--dir <folder>', 'keep data, certificates, tokens and keys here (default: a temporary folder)')
    .option('--no-crds', 'do not install the CRDs, roles and policies of Lakeward')
    .action((flags: Flags) => serve(flags))
  command
    .command('binaries')
    .description('prepare etcd, kube-apiserver and kubectl; the last line printed is their folder')
    .action(() => prepare())
  return command
}

async function serve(flags: Flags): Promise<void> {
  const { asked, signal } = interruption()
  const controlPlane = await start({
    ...(flags.dir !== undefined && { directory: flags.dir }),
    ...(flags.port !== undefined && { port: flags.port }),
    ...(flags.kubeconfig !== undefined && { kubeconfig: flags.kubeconfig }),
    manifests: flags.crds,
    progress: tell,
    signal,
  })
  // Interrupted while starting: it has cleaned up, and stopping is what was asked for.
  if (controlPlane === undefined) return
  print(welcome(controlPlane, flags.dir !== undefined))
  const end = await Promise.race([
    asked.then(() => undefined),
    controlPlane.exited.then((sentence) => new Error(sentence)),
  ])
  await controlPlane.stop()
  if (end !== undefined) throw end
  tell('Stopped.')
}

async function prepare(): Promise<void> {
  const { asked, signal } = interruption()
  try {
    const { directory } = await prepareBinaries({ progress: tell, signal })
    print(directory)
  } catch (error) {
    if (!signal.aborted) throw error
    process.exitCode = 128 + constants.signals[await asked]
  }
}

/** Undefined when the start was interrupted. */
async function start(
  options: ControlPlaneOptions & { signal: AbortSignal },
): Promise<ControlPlane | undefined> {
  try {
    return await startControlPlane(options)
  } catch (error) {
    if (options.signal.aborted) return undefined
    throw error
  }
}

/** The first SIGINT or SIGTERM, as a promise for who waits and as an AbortSignal for who works. */
function interruption(): { asked: Promise<NodeJS.Signals>; signal: AbortSignal } {
  const controller = new AbortController()
  const asked = untilSignal()
  void asked.then((name) => controller.abort(new Error(`Interrupted by ${name}.`)))
  return { asked, signal: controller.signal }
}

function welcome({ url, kubeconfig, auditLog, binaries, directory }: ControlPlane, kept: boolean): string {
  return [
    `listening on ${url}`,
    `administrator's kubeconfig: ${kubeconfig}`,
    `log of all requests: ${auditLog}`,
    '',
    `  export KUBECONFIG=${kubeconfig}`,
    ...(binaries.source === 'PATH' ? [] : [`  export PATH="$PATH:${binaries.directory}"   # for kubectl`]),
    '',
    kept ? `Ctrl-C stops it; its data stays in ${directory}` : `Ctrl-C stops it and removes ${directory}`,
  ].join('\n')
}

function parsePort(text: string): number {
  const port = Number(text)
  if (!/^\d+$/.test(text) || port < 1 || port > 65_535) {
    throw new InvalidArgumentError('It has to be a number from 1 to 65535.')
  }
  return port
}

const print = (text: string): boolean => process.stdout.write(`${text}\n`)
const tell = (sentence: string): boolean => process.stderr.write(`${sentence}\n`)
