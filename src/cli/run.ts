import { Command, InvalidArgumentError, Option } from 'commander'
import { systemClock, type Clock } from '../clock.ts'
import { defaults, logLevels, type Config } from '../config.ts'
import { formatDuration, parseDuration } from '../duration.ts'
import { createLog } from '../telemetry/log.ts'
import { untilSignal } from './foreground.ts'
import { endWhenUncaught } from './uncaught.ts'

/** `lakeward run`: the operator, in the foreground. */
export function runCommand(clock: Clock = systemClock): Command {
  return new Command('run')
    .description('run the operator until it is told to stop')
    .option(
      '--kubeconfig <file>',
      "cluster to work in (default: KUBECONFIG, the pod's ServiceAccount, ~/.kube/config)",
    )
    .option('--namespaces <names>', 'namespaces to work in, separated by commas (default: all)', parseNames)
    .addOption(
      new Option(
        '--allowed-hosts <hosts>',
        'hosts a workspace may name, separated by commas: exact names or *.zone',
      )
        .argParser(parseHosts)
        .default(defaults.allowedHosts, defaults.allowedHosts.join(',')),
    )
    .option(
      '--allow-http',
      'also allow http and loopback hosts; tokens then travel in clear',
      defaults.allowHttp,
    )
    .addOption(
      new Option(
        '--ambient-identity-namespaces <names>',
        "namespaces whose workspaces may use the operator's own identity, separated by commas",
      )
        .argParser(parseNames)
        .default([...defaults.ambientIdentityNamespaces], 'none'),
    )
    .option(
      '--oidc-token-file <file>',
      "token of the operator's own ServiceAccount for Databricks: a projected volume with an audience of its own",
    )
    .addOption(
      new Option(
        '--azure-token-file <file>',
        "token of the operator's own ServiceAccount for Microsoft Entra ID",
      ).env('AZURE_FEDERATED_TOKEN_FILE'),
    )
    .option(
      '--azure-authority <url>',
      "authority of Microsoft Entra ID for all workspaces (default: that of the workspace's cloud)",
      parseAuthority,
    )
    .option(
      '--ca-bundle <file>',
      'certificates to trust besides the usual ones, for Databricks and token endpoints',
    )
    .option(
      '--instance <name>',
      'name of this installation, part of the mark on everything it creates; give one to survive a rebuild of the cluster (default: uid of namespace kube-system)',
      parseInstance,
    )
    .option(
      '--hash-key-file <file>',
      'key under which the secrets in status.lastApplied are hashed, so that none can be guessed from it (default: the name of this installation, which others may know)',
    )
    .addOption(
      duration('--request-timeout <duration>', 'for one request to Databricks', [
        100,
        defaults.requestTimeout,
        3_600_000,
      ]),
    )
    .addOption(
      duration(
        '--attempt-settle <duration>',
        'after twice that timeout (for its turn, and for itself), until an unanswered create counts as failed',
        [0, defaults.attemptSettle, 86_400_000],
      ),
    )
    .addOption(leaseDuration())
    .option(
      '--lease-namespace <name>',
      "namespace of the Lease by which one of several replicas leads (default: the pod's own, else default)",
      parseNamespace,
    )
    .option(
      '--health-port <number>',
      'serve /healthz, /readyz and /metrics here (default: no listener)',
      parsePort,
    )
    .addOption(
      duration('--relist-interval <duration>', 'after which, at the latest, every kind is listed anew', [
        1_000,
        defaults.relistInterval,
        604_800_000,
      ]),
    )
    .option(
      '--concurrency <number>',
      'objects worked on at the same time; each kind in each workspace has room for one besides',
      parseConcurrency,
      defaults.concurrency,
    )
    .addOption(
      duration('--grace <duration>', 'for running work after a signal to stop', [
        0,
        defaults.grace,
        3_600_000,
      ]),
    )
    .addOption(
      new Option('--log-level <level>', 'how much to log').choices([...logLevels]).default(defaults.logLevel),
    )
    .addHelpText(
      'after',
      '\nHTTPS_PROXY, HTTP_PROXY and NO_PROXY are heeded for Databricks and token endpoints, not for Kubernetes.',
    )
    .action((config: Config) => run(config, clock))
}

async function run(config: Config, clock: Clock): Promise<void> {
  if (config.azureAuthority?.startsWith('http:') === true && !config.allowHttp)
    throw new Error('--azure-authority is an http address, which takes --allow-http: secrets travel in clear')
  const stop = new AbortController()
  // First of all: process 1 of a container ignores every signal that it does not heed itself.
  void untilSignal().then((name) => stop.abort(new Error(`stopped by ${name}`)))
  // Loading the clients takes a while, and `--help` needs none of them.
  const { runOperator } = await import('../operator/operator.ts')
  const log = createLog(config.logLevel)
  endWhenUncaught(log)
  try {
    await runOperator({
      config,
      clock,
      random: Math.random,
      log,
      signal: stop.signal,
    })
  } catch (error) {
    // Interrupted while starting: stopping is what was asked for.
    if (!stop.signal.aborted) throw error
  }
  // A connection that is only being made outlives its pool, and would keep the process for seconds for nothing.
  process.exit()
}

/** `bounds`: least, default and most, in milliseconds. */
function duration(
  flags: string,
  description: string,
  [least, preset, most]: readonly [number, number, number],
): Option {
  return new Option(flags, `${description}, such as 30s or 10m`)
    .default(preset, formatDuration(preset))
    .argParser((text) => {
      const value = parseDuration(text)
      if (value !== undefined && value >= least && value <= most) return value
      throw new InvalidArgumentError(
        `It has to be a duration from ${formatDuration(least)} to ${formatDuration(most)}, such as 30s or 10m.`,
      )
    })
}

/** The API counts leases in whole seconds. */
function leaseDuration(): Option {
  const option = duration(
    '--lease-duration <duration>',
    'until a leader that is not heard of is replaced, in whole seconds',
    [1_000, defaults.leaseDuration, 600_000],
  )
  const parse = option.parseArg
  return option.argParser((text) => {
    const value = parse?.(text, undefined) as unknown as number
    if (value % 1_000 === 0) return value
    throw new InvalidArgumentError('It has to be whole seconds, such as 10s.')
  })
}

const dnsName = /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/

function parseNames(text: string): string[] {
  const names = text.split(',').map((name) => name.trim())
  if (names.every((name) => dnsName.test(name) && name.length <= 63)) return names
  throw new InvalidArgumentError('It has to be names of namespaces separated by commas.')
}

function parseNamespace(text: string): string {
  if (dnsName.test(text) && text.length <= 63) return text
  throw new InvalidArgumentError('It has to be the name of a namespace.')
}

function parseHosts(text: string): string[] {
  const hosts = text.split(',').map((host) => host.trim().toLowerCase())
  if (hosts.every((host) => dnsName.test(host.replace(/^\*\./, '').replace(/:\d{1,5}$/, '')))) return hosts
  throw new InvalidArgumentError(
    'It has to be host names or *.zone separated by commas, each with :port or without, and no https://.',
  )
}

function parseAuthority(text: string): string {
  const url = URL.parse(text)
  if (url !== null && /^https?:$/.test(url.protocol) && url.href === url.origin + url.pathname)
    return url.href.replace(/\/+$/, '')
  throw new InvalidArgumentError('It has to be an address such as https://login.microsoftonline.com.')
}

function parseInstance(text: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/.test(text)) return text
  throw new InvalidArgumentError('It has to be 1 to 63 letters, digits, dots, dashes or underscores.')
}

function parsePort(text: string): number {
  const port = Number(text)
  if (/^\d+$/.test(text) && port <= 65_535) return port
  throw new InvalidArgumentError('It has to be a number from 0 to 65535; 0 takes a free one.')
}

function parseConcurrency(text: string): number {
  const number = Number(text)
  if (/^\d+$/.test(text) && number >= 1 && number <= 256) return number
  throw new InvalidArgumentError('It has to be a number from 1 to 256.')
}
