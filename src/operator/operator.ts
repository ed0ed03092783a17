import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import { openWayOut, proxyHosts } from '../databricks/way-out.ts'
import { KubeClient } from '../kube/client.ts'
import { loadCluster } from '../kube/credentials.ts'
import { Lease } from '../kube/lease.ts'
import { Metrics } from '../telemetry/metrics.ts'
import { measureProcess } from '../telemetry/process.ts'
import type { OperatorOptions } from './assemble.ts'
import { follow } from './follow.ts'
import { hashKeyIn } from './hash-key.ts'
import { serveHealth, type Check, type Health } from './health.ts'
import { Liveness } from './liveness.ts'
import { countingCalls, readGauges } from './measure.ts'
import { StartUp } from './start-up.ts'
import { emptyStores, type Stores } from './stores.ts'
import { areFull, areHeard, goOn, type Watches } from './watches.ts'
import { Work } from './work.ts'

/** Connections to one Databricks host at a time: no fewer than the budget lets be under way. */
const connectionsPerHost = 32

/**
 * The operator from start to stop: client → health → start-up → watches → lease → work → drain.
 * Resolves when the signal has fallen and running work has ended, or its grace is over. Whatever fails on the
 * way, nothing is left running behind it.
 */
export async function runOperator(options: OperatorOptions): Promise<void> {
  const { config, clock, random, signal } = options
  await using end = new AsyncDisposableStack()
  const hashKey = hashKeyIn(config.hashKeyFile)
  const access = await loadCluster({ kubeconfig: config.kubeconfig, clock })
  const metrics = new Metrics()
  end.use(measureProcess(metrics, clock))
  const client = new KubeClient({ access, clock, random, onCall: countingCalls(metrics) })
  end.defer(() => client.close())
  const dispatcher = wayOut(options)
  // What has not ended within its grace is not waited for.
  end.defer(() => dispatcher.destroy())
  const liveness = new Liveness({ clock, requestTimeout: config.requestTimeout })
  const live: Check[] = [liveness]
  const ready: Check[] = []
  const healthPort = await startHealth(options, { live, ready, metrics: () => metrics.text() }, end)
  const leaseNamespace = config.leaseNamespace ?? access.namespace ?? 'default'
  const startUp = new StartUp({ ...options, ...config, client, leaseNamespace })
  ready.push(startUp)
  const instance = await startUp.done()
  const stores = emptyStores()
  const made = { stores, metrics, liveness, client, dispatcher }
  const site = { apiServer: access.server, instance, hashKey: hashKey ?? instance, ...made }
  const work = new Work(options, site)
  const watching = new AbortController()
  const onChange = work.hear.bind(work)
  const watches = follow(stores, { ...options, client, onChange, signal: watching.signal })
  end.defer(async () => {
    watching.abort(new Error('the operator is stopping'))
    await watches.done
  })
  live.push(goOn(watches))
  ready.push(areFull(watches), areHeard(watches, clock))
  const { lastHeard } = watches
  readGauges(metrics, { clock, lastHeard, liveness, work: () => work.current, ...stores })
  await synced(watches, signal)
  tellWarm(options, { instance, stores, healthPort })
  await leaseOf(options, client, leaseNamespace).run((term) => work.during(term), signal)
}

/** Once every cache is full; rejects when the signal falls before. */
function synced({ synced }: Pick<Watches, 'synced'>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const giveUp = () => reject(signal.reason as Error)
    if (signal.aborted) giveUp()
    signal.addEventListener('abort', giveUp, { once: true })
    synced.then(resolve, reject)
  })
}

function tellWarm(
  { config, log }: OperatorOptions,
  { stores, ...where }: { instance: string; stores: Stores; healthPort: number | undefined },
): void {
  const objects = [stores.workspaces, ...stores.populations].reduce((sum, { store }) => sum + store.size, 0)
  log.info({ ...where, namespaces: config.namespaces ?? 'all', objects }, 'caches are full')
}

function leaseOf(options: OperatorOptions, client: KubeClient, namespace: string): Lease {
  const { config } = options
  return new Lease({
    ...options,
    client,
    namespace,
    name: 'lakeward',
    identity: `${hostname()}_${randomUUID()}`,
    duration: config.leaseDuration,
  })
}

/** To Databricks and the token endpoints, never to the API server, which is no business of a company's proxy. */
function wayOut({ config, log }: OperatorOptions): ReturnType<typeof openWayOut> {
  const environment = process.env
  const proxies = proxyHosts(environment)
  if (Object.keys(proxies).length > 0) log.info(proxies, 'Databricks is reached through a proxy')
  return openWayOut({ connections: connectionsPerHost, caBundle: config.caBundle, environment })
}

/** Returns the port; undefined when nobody wants to know. */
async function startHealth(
  { config, log }: OperatorOptions,
  answers: Omit<Health, 'log'>,
  end: AsyncDisposableStack,
): Promise<number | undefined> {
  const { healthPort } = config
  if (healthPort === undefined) return undefined
  try {
    const health = await serveHealth(healthPort, { ...answers, log })
    end.defer(() => health.close())
    return health.port
  } catch (error) {
    throw new Error(
      `cannot listen on --health-port ${healthPort}: ${error instanceof Error ? error.message : String(error)}`,
      {
        cause: error,
      },
    )
  }
}
