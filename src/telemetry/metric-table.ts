/** A metric: what it counts, and by what. Never by object: a fleet of thousands would be thousands of series. */
export interface Metric {
  readonly type: 'counter' | 'gauge' | 'histogram'
  readonly labels: readonly string[]
  readonly meaning: string
  /** Upper bounds of a histogram. */
  readonly buckets?: readonly number[]
}

const seconds = [0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]
const delays = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5]
/** From a moment to the whole of a usual interval. */
const lateness = [0.1, 0.5, 1, 5, 10, 30, 60, 300, 600, 1_800]

/**
 * Every metric of the operator; `docs/metrics.md` is written from it. `workspace` is the id of a Databricks workspace,
 * or its host as long as the id is not known; `manifest` is the namespace/name of a DatabricksWorkspace.
 */
export const metricTable = {
  lakeward_databricks_requests_total: {
    type: 'counter',
    labels: ['call', 'outcome'],
    meaning:
      'Requests sent to Databricks, each try counted. `call` is method and path without names and ids; `outcome` is Success, the kind of error (Missing, Conflict, Throttled, Unauthenticated, Forbidden, Invalid, Unavailable, Unknown), or Aborted when we gave up.',
  },
  lakeward_databricks_request_duration_seconds: {
    type: 'histogram',
    labels: ['call'],
    meaning: 'Time from sending a request to the end of its answer.',
    buckets: seconds,
  },
  lakeward_databricks_throttled_total: {
    type: 'counter',
    labels: ['workspace'],
    meaning: 'Requests that Databricks refused as one too many (429).',
  },
  lakeward_databricks_budget_rate: {
    type: 'gauge',
    labels: ['workspace'],
    meaning:
      'Requests per second that we allow ourselves now: `spec.budget`, less after a 429, 0 during a pause that Databricks asked for.',
  },
  lakeward_databricks_budget_available: {
    type: 'gauge',
    labels: ['workspace'],
    meaning: 'Requests that could go at once.',
  },
  lakeward_databricks_budget_waiting: {
    type: 'gauge',
    labels: ['workspace', 'lane'],
    meaning: 'Calls that wait for their turn.',
  },
  lakeward_databricks_budget_under_way: {
    type: 'gauge',
    labels: ['workspace'],
    meaning: 'Requests that are sent and not answered yet.',
  },
  lakeward_databricks_budget_throttled: {
    type: 'gauge',
    labels: ['workspace'],
    meaning: '1 while Databricks asks us to slow down, else 0.',
  },
  lakeward_queue_due: {
    type: 'gauge',
    labels: ['lane'],
    meaning: 'Objects that are due to be looked at and wait for a place.',
  },
  lakeward_queue_longest_wait_seconds: {
    type: 'gauge',
    labels: [],
    meaning: 'How long the object has waited that has been due longest; 0 when none waits.',
  },
  lakeward_queue_lateness_seconds: {
    type: 'histogram',
    labels: ['lane'],
    meaning:
      'How long after it was due an object was looked at: what the interval of a check promises, and what is kept of it.',
    buckets: lateness,
  },
  lakeward_reconcile_total: {
    type: 'counter',
    labels: ['kind', 'outcome'],
    meaning:
      'Passes over objects: Settled, Waiting (for something known), Retry (after a failure), Stalled (a person is needed), or Failed (a conflict or a fault of ours; it is tried again).',
  },
  lakeward_reconcile_longest_seconds: {
    type: 'gauge',
    labels: [],
    meaning: 'How long the longest of the passes under way has taken so far; 0 when none is.',
  },
  lakeward_reconcile_duration_seconds: {
    type: 'histogram',
    labels: ['kind'],
    meaning: 'How long a pass took, waiting for turns in the budget included.',
    buckets: seconds,
  },
  lakeward_checks_total: {
    type: 'counter',
    labels: ['kind', 'answer'],
    meaning:
      'Routine checks of jobs and clusters, by what answered them: Listing (one for many said that nothing is new), Read (there was no listing, or it was no cheaper), Doubt (read because a listing showed something else).',
  },
  lakeward_objects: {
    type: 'gauge',
    labels: ['kind', 'manifest'],
    meaning: 'Objects that live in a workspace.',
  },
  lakeward_objects_not_ready: {
    type: 'gauge',
    labels: ['kind', 'manifest', 'reason'],
    meaning:
      'Those whose condition Ready is not True, workspaces too, by its reason ([reasons](reasons.md); Other: one that this version does not know). Absent where there is none.',
  },
  lakeward_objects_stalled: {
    type: 'gauge',
    labels: ['kind', 'manifest', 'reason'],
    meaning:
      'Of these, those that only a person can help (condition Stalled), by its reason. Absent where there is none.',
  },
  lakeward_objects_unhealthy: {
    type: 'gauge',
    labels: ['kind', 'manifest', 'reason'],
    meaning:
      'Those whose condition Healthy is False, by its reason: a cluster that did not start can be Ready all the same. Absent where there is none.',
  },
  lakeward_objects_drifted: {
    type: 'gauge',
    labels: ['kind', 'manifest'],
    meaning: 'Those that Databricks holds otherwise than the manifest wants (condition Drifted).',
  },
  lakeward_objects_held: {
    type: 'gauge',
    labels: ['kind', 'manifest'],
    meaning: 'Those with a change that waits for its moment or for approval (status.held).',
  },
  lakeward_objects_held_age_seconds: {
    type: 'gauge',
    labels: ['kind', 'manifest'],
    meaning: 'For how long the change that has been held longest has been known; absent when none is held.',
  },
  lakeward_objects_deletion_waits: {
    type: 'gauge',
    labels: ['kind', 'manifest'],
    meaning:
      'Those that are deleted and cannot go yet: something is missing, or approval, of one or of all of a workspace (reason DeletionWaits).',
  },
  lakeward_token_requests_total: {
    type: 'counter',
    labels: ['credentials', 'outcome'],
    meaning:
      'Requests to endpoints that give out tokens, and to what describes them, each try counted. `credentials` is the kind that the workspace uses; `outcome` is as in `lakeward_databricks_requests_total`.',
  },
  lakeward_token_request_duration_seconds: {
    type: 'histogram',
    labels: ['credentials'],
    meaning: 'Time from sending a request about tokens to the end of its answer.',
    buckets: seconds,
  },
  lakeward_kubernetes_requests_total: {
    type: 'counter',
    labels: ['verb', 'resource', 'outcome'],
    meaning:
      'Requests to the API server of Kubernetes, each try counted. `outcome` is Success, the HTTP status of a refusal, Unreachable, TimedOut, NoCredential, Malformed, or Aborted when we gave up.',
  },
  lakeward_kubernetes_request_duration_seconds: {
    type: 'histogram',
    labels: ['verb', 'resource'],
    meaning:
      'Time from sending a request to the API server to the end of its answer; of a watch, until it was open.',
    buckets: seconds,
  },
  lakeward_leader: {
    type: 'gauge',
    labels: [],
    meaning:
      '1 while this process leads and works, 0 while it stands by with warm caches. Queue, budgets and objects are told by the leader only.',
  },
  lakeward_kubernetes_last_event_age_seconds: {
    type: 'gauge',
    labels: ['kind'],
    meaning:
      'For how long the API server has said nothing on the watch of a kind; of several namespaces the most silent counts. Bookmarks come about every minute, so that more than two minutes mean that nobody is there.',
  },
  lakeward_event_loop_delay_seconds: {
    type: 'histogram',
    labels: [],
    meaning:
      'How much later than it asked the program came to run: while it works on one thing, everything else waits that long.',
    buckets: delays,
  },
  lakeward_build_info: {
    type: 'gauge',
    labels: ['version'],
    meaning: 'Always 1: which version runs.',
  },
  process_cpu_seconds_total: {
    type: 'counter',
    labels: [],
    meaning: 'Processor time that the program has used.',
  },
  process_resident_memory_bytes: {
    type: 'gauge',
    labels: [],
    meaning: 'Memory that the program holds.',
  },
  process_open_fds: {
    type: 'gauge',
    labels: [],
    meaning: 'Open files and connections; 0 where the system does not tell (it does on Linux).',
  },
  process_start_time_seconds: {
    type: 'gauge',
    labels: [],
    meaning: 'When the program started, in seconds since the epoch.',
  },
  nodejs_heap_size_used_bytes: {
    type: 'gauge',
    labels: [],
    meaning: 'What of that memory objects of the program take.',
  },
} as const satisfies Record<string, Metric>
