import type { Config } from '../config.ts'
import type { Clock } from '../clock.ts'
import { databricksWorkspace } from '../kinds/workspace/schema.ts'
import type { KubeClient } from '../kube/client.ts'
import { listAndWatch, type ListWatch } from '../kube/list-watch.ts'
import type { KubeObject, Resource } from '../kube/object.ts'
import type { Change, Store } from '../kube/store.ts'
import type { Log } from '../telemetry/log.ts'
import type { Stores } from './stores.ts'
import { together, type Watches } from './watches.ts'

/** Only their names and labels matter; they have little else. */
const namespacesResource: Resource = { group: '', version: 'v1', plural: 'namespaces', kind: 'Namespace' }

interface Means {
  client: KubeClient
  config: Config
  /** Hears of every change of a kind. */
  onChange: (kind: string, change: Change<KubeObject>) => void
  clock: Clock
  random: () => number
  log: Log
  signal: AbortSignal
}

/** Keeps the stores equal to what the API server has, from the first list to the end, whoever leads. */
export function follow({ workspaces, namespaces, populations }: Stores, means: Means): Watches {
  const { client, config, onChange, clock, random, log, signal } = means
  const start = (
    resource: Resource,
    store: Store<KubeObject>,
    where: Pick<Config, 'namespaces'>,
  ): [string, ListWatch] => [
    resource.kind,
    listAndWatch({
      client,
      resource,
      namespaces: where.namespaces,
      store,
      onChange: (change) => onChange(resource.kind, change),
      relistEvery: config.relistInterval,
      clock,
      random,
      log,
      signal,
    }),
  ]
  const byKind = new Map([
    start(databricksWorkspace, workspaces.store, config),
    start(namespacesResource, namespaces, {}),
    ...populations.map(({ kind, store }) => start(kind.definition, store, config)),
  ])
  return together(byKind, { signal, log })
}
