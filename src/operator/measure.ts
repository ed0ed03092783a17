import type { Clock } from '../clock.ts'
import type { SentTokenRequest } from '../databricks/auth/line.ts'
import type { AuthKind } from '../databricks/auth/token.ts'
import type { Budgets } from '../databricks/budgets.ts'
import type { SentRequest } from '../databricks/client.ts'
import type { SentCall } from '../kube/call.ts'
import type { KubeObject } from '../kube/object.ts'
import type { WorkQueue, Worker } from '../kube/queue.ts'
import type { Store } from '../kube/store.ts'
import type { Answer } from '../reconcile/sweeps.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import type { Population } from './dependants.ts'
import type { Liveness } from './liveness.ts'
import { countObjects } from './object-counts.ts'
import type { Reconcile } from './worker.ts'

/** Who counts, and by which clock. */
interface Measure {
  metrics: Metrics
  clock: Clock
}

/** The same loops; how each of their passes ends and how long it takes is counted. */
export function measuredLoops(
  loops: ReadonlyMap<string, Reconcile>,
  { metrics, clock }: Measure,
): ReadonlyMap<string, Reconcile> {
  const measured = (kind: string, loop: Reconcile): Reconcile => {
    return async (key, lane) => {
      const began = clock.monotonic()
      let outcome = 'Failed'
      try {
        const ended = await loop(key, lane)
        outcome = ended.is
        return ended
      } finally {
        metrics.count('lakeward_reconcile_total', { kind, outcome })
        const seconds = (clock.monotonic() - began) / 1_000
        metrics.observe('lakeward_reconcile_duration_seconds', { kind }, seconds)
      }
    }
  }
  return new Map([...loops].map(([kind, loop]) => [kind, measured(kind, loop)]))
}

/** Counts requests to Databricks; each that has ended is progress. */
export const countingIn =
  (metrics: Metrics, liveness: Pick<Liveness, 'progressed'>) =>
  ({ call, outcome, seconds, workspace }: SentRequest): void => {
    liveness.progressed()
    metrics.count('lakeward_databricks_requests_total', { call, outcome })
    metrics.observe('lakeward_databricks_request_duration_seconds', { call }, seconds)
    if (outcome === 'Throttled') metrics.count('lakeward_databricks_throttled_total', { workspace })
  }

/** Counts requests to endpoints that give out tokens. */
export const countingTokens =
  (metrics: Metrics) =>
  (credentials: AuthKind, { outcome, seconds }: SentTokenRequest): void => {
    metrics.count('lakeward_token_requests_total', { credentials, outcome })
    metrics.observe('lakeward_token_request_duration_seconds', { credentials }, seconds)
  }

/** Counts requests to the API server of Kubernetes. */
export const countingCalls =
  (metrics: Metrics) =>
  ({ verb, resource, outcome, seconds }: SentCall): void => {
    metrics.count('lakeward_kubernetes_requests_total', { verb, resource, outcome })
    metrics.observe('lakeward_kubernetes_request_duration_seconds', { verb, resource }, seconds)
  }

/** Counts what answers routine checks. */
export const countingChecks =
  (metrics: Metrics) =>
  (kind: string, answer: Answer): void =>
    metrics.count('lakeward_checks_total', { kind, answer })

/** The same worker; how late each key comes to it is counted. */
export const measuredWorker =
  (worker: Worker, metrics: Metrics): Worker =>
  (key, turn) => {
    metrics.observe('lakeward_queue_lateness_seconds', { lane: turn.lane }, turn.lateness / 1_000)
    return worker(key, turn)
  }

/** Where the state of the operator can be read. */
interface Sources {
  clock: Clock
  /** What works, while we lead. */
  work: () => { queue: WorkQueue; budgets: Budgets } | undefined
  workspaces: { kind: string; store: Store<KubeObject> }
  populations: readonly Population[]
  /** When the API server was last heard of, monotonic, by kind. */
  lastHeard: () => ReadonlyMap<string, number>
  liveness: Pick<Liveness, 'longest'>
}

/**
 * Has the state of the operator read whenever somebody asks for the metrics. Who only stands by tells of no objects: with
 * those that the leader tells of they would count twice.
 */
export function readGauges(
  metrics: Metrics,
  { clock, work, workspaces, populations, lastHeard, liveness }: Sources,
): void {
  const standings = () => work()?.budgets.standings() ?? []
  const perWorkspace = (
    name:
      | 'lakeward_databricks_budget_rate'
      | 'lakeward_databricks_budget_available'
      | 'lakeward_databricks_budget_under_way'
      | 'lakeward_databricks_budget_throttled',
    valueOf: (standing: ReturnType<Budgets['standings']>[number]) => number,
  ) =>
    metrics.gauge(name, () =>
      standings().map((standing) => [{ workspace: standing.workspace }, valueOf(standing)] as const),
    )
  perWorkspace('lakeward_databricks_budget_rate', ({ rate }) => rate)
  perWorkspace('lakeward_databricks_budget_available', ({ available }) => available)
  perWorkspace('lakeward_databricks_budget_under_way', ({ underWay }) => underWay)
  perWorkspace('lakeward_databricks_budget_throttled', ({ isThrottled }) => Number(isThrottled))
  metrics.gauge('lakeward_databricks_budget_waiting', () =>
    standings().flatMap(({ workspace, waiting }) =>
      [...waiting].map(([lane, count]) => [{ workspace, lane }, count] as const),
    ),
  )
  metrics.gauge('lakeward_queue_due', () =>
    [...(work()?.queue.depths() ?? [])].map(([lane, count]) => [{ lane }, count] as const),
  )
  metrics.gauge('lakeward_queue_longest_wait_seconds', () => {
    // Read once: between two readings a wait of nobody would be less than none.
    const now = clock.monotonic()
    return [[{}, (now - (work()?.queue.dueSince() ?? now)) / 1_000]]
  })
  metrics.gauge('lakeward_reconcile_longest_seconds', () => [[{}, liveness.longest() / 1_000]])
  countObjects(metrics, { clock, work, workspaces, populations })
  metrics.gauge('lakeward_leader', () => [[{}, Number(work() !== undefined)]])
  metrics.gauge('lakeward_kubernetes_last_event_age_seconds', () =>
    [...lastHeard()].map(([kind, at]) => [{ kind }, (clock.monotonic() - at) / 1_000] as const),
  )
}
