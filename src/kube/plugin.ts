import { execFile } from 'node:child_process'
import { resolve } from 'node:path'
import type { Clock } from '../clock.ts'
import { isObject, parseJson, type Json, type JsonObject } from '../databricks/json.ts'
import { Deadline } from './deadline.ts'

/** Long enough for a login over a slow line, short enough that a stuck program is noticed. */
const longestRun = 60_000
/** A credential with its certificates has a few kilobytes. */
const mostOutputBytes = 1024 * 1024

/** A program of the user's that gives out credentials, as a kubeconfig describes it under `exec`. */
export interface Plugin {
  apiVersion: string
  command: string
  args: string[]
  environment: Record<string, string>
  /** How to get it, in the words of the kubeconfig. */
  installHint: string | undefined
  wantsCluster: boolean
  wantsTerminal: boolean
}

/** What a plugin gave. */
export interface PluginCredential {
  token: string | undefined
  cert: string | undefined
  key: string | undefined
  /** Milliseconds since the epoch; until then it need not be asked again. */
  expires: number | undefined
}

/**
 * Runs a credential plugin.
 * https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins
 *
 * Guarantees: it ends, in a minute at the latest; it reads from nothing, so it cannot wait for a person; its
 * failure is one sentence, in which nothing is repeated that it printed or that it was called with, because
 * both may be secret.
 */
export async function runPlugin(
  plugin: Plugin,
  cluster: JsonObject,
  clock: Clock,
): Promise<PluginCredential> {
  if (plugin.wantsTerminal)
    throw failed(plugin, 'wants a terminal (interactiveMode), which is not given here')
  const printed = await outputOf(plugin, cluster, clock)
  const { apiVersion, kind, status } = asObject(printed)
  if (kind !== 'ExecCredential' || apiVersion !== plugin.apiVersion || !isObject(status))
    throw failed(plugin, `did not print an ExecCredential of ${plugin.apiVersion}`)
  const text = (name: string) => (typeof status[name] === 'string' ? status[name] : undefined)
  const credential = { token: text('token'), cert: text('clientCertificateData'), key: text('clientKeyData') }
  if (credential.token === undefined && (credential.cert === undefined || credential.key === undefined))
    throw failed(plugin, 'printed neither a token nor a client certificate with its key')
  const expires = Date.parse(text('expirationTimestamp') ?? '')
  return { ...credential, expires: Number.isNaN(expires) ? undefined : expires }
}

/** A plugin as a kubeconfig has it; a path in it starts at the kubeconfig's folder. */
export function pluginOf(folder: string, exec: JsonObject): Plugin {
  const { apiVersion, command, args, env, installHint, provideClusterInfo, interactiveMode } = exec
  if (typeof command !== 'string' || command === '') throw new Error('a user’s exec names no command')
  if (typeof apiVersion !== 'string') throw new Error('a user’s exec names no apiVersion')
  return {
    apiVersion,
    // As kubectl does it: a bare name is looked for in PATH.
    command: command.includes('/') ? resolve(folder, command) : command,
    args: Array.isArray(args) ? args.map(String) : [],
    environment: variablesIn(env),
    installHint: typeof installHint === 'string' ? installHint.trim().replace(/\s+/g, ' ') : undefined,
    wantsCluster: provideClusterInfo === true,
    wantsTerminal: interactiveMode === 'Always',
  }
}

function variablesIn(env: Json | undefined): Record<string, string> {
  const variables = (Array.isArray(env) ? env : []).map((entry): [unknown, unknown] =>
    isObject(entry) ? [entry.name, entry.value] : [undefined, undefined],
  )
  return Object.fromEntries(
    variables.filter((pair): pair is [string, string] => pair.every((half) => typeof half === 'string')),
  )
}

function outputOf(plugin: Plugin, cluster: JsonObject, clock: Clock): Promise<string> {
  const { apiVersion, command, args, environment, wantsCluster } = plugin
  const spec = { interactive: false, ...(wantsCluster && { cluster }) }
  const info = JSON.stringify({ apiVersion, kind: 'ExecCredential', spec })
  const env = { ...process.env, ...environment, KUBERNETES_EXEC_INFO: info }
  const deadline = new Deadline({ clock, milliseconds: longestRun, reason: slow })
  const { signal } = deadline
  const options = { env, signal, killSignal: 'SIGKILL', maxBuffer: mostOutputBytes } as const
  return new Promise<string>((resolve, reject) => {
    const child = execFile(command, args, options, (error, stdout) => {
      deadline[Symbol.dispose]()
      if (error === null) resolve(stdout)
      else reject(failed(plugin, signal.aborted ? tooSlow : whyNot(plugin, error)))
    })
    // It may have ended without reading; then there is nobody to close this for.
    child.stdin?.on('error', () => undefined)
    child.stdin?.end()
  })
}

const slow = (): Error => new Error(tooSlow)
const tooSlow = `did not end within ${longestRun / 1_000} s`

/** The error itself repeats the arguments and what was printed, so only its facts are used. */
function whyNot({ installHint }: Plugin, { code, signal }: { code?: unknown; signal?: unknown }): string {
  switch (code) {
    case 'ENOENT':
      return `is not there${installHint === undefined ? '' : `: ${installHint}`}`
    case 'EACCES':
      return 'may not be run: check the rights of the file'
    case 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER':
      return `printed more than ${mostOutputBytes / 1024 / 1024} MiB`
    default: {
      const end = typeof signal === 'string' ? signal : `exit code ${String(code)}`
      return `ended with ${end}; run it by hand to see what it says`
    }
  }
}

const failed = ({ command }: Plugin, why: string): Error =>
  // No cause: it would bring what the plugin printed into the log.
  new Error(`the credential plugin "${command}" ${why}`)

function asObject(text: string): Record<string, Json | undefined> {
  try {
    const value = parseJson(text)
    return isObject(value) ? value : {}
  } catch {
    return {}
  }
}
