import type { ErrorKind } from './errors.ts'

const codes = {
  RESOURCE_DOES_NOT_EXIST: 'Missing',
  NOT_FOUND: 'Missing',
  CATALOG_DOES_NOT_EXIST: 'Missing',
  SCHEMA_DOES_NOT_EXIST: 'Missing',
  TABLE_DOES_NOT_EXIST: 'Missing',
  VOLUME_DOES_NOT_EXIST: 'Missing',
  FUNCTION_DOES_NOT_EXIST: 'Missing',
  EXTERNAL_LOCATION_DOES_NOT_EXIST: 'Missing',
  STORAGE_CREDENTIAL_DOES_NOT_EXIST: 'Missing',
  SHARE_DOES_NOT_EXIST: 'Missing',
  PROVIDER_DOES_NOT_EXIST: 'Missing',
  RECIPIENT_DOES_NOT_EXIST: 'Missing',

  // A 404 about something else than the object: taking these for "it is gone" would re-create or
  // forget objects because of a switched-off feature or a misspelt group.
  ENDPOINT_NOT_FOUND: 'Invalid',
  FEATURE_DISABLED: 'Invalid',
  METASTORE_DOES_NOT_EXIST: 'Invalid',
  PRINCIPAL_DOES_NOT_EXIST: 'Invalid',
  MANAGED_RESOURCE_GROUP_DOES_NOT_EXIST: 'Invalid',
  INVALID_PARAMETER_VALUE: 'Invalid',
  INVALID_STATE: 'Invalid',
  MALFORMED_REQUEST: 'Invalid',
  BAD_REQUEST: 'Invalid',
  NOT_IMPLEMENTED: 'Invalid',

  // A quota is no throttle: it frees itself only when a person deletes something or asks for more.
  QUOTA_EXCEEDED: 'Invalid',
  RESOURCE_LIMIT_EXCEEDED: 'Invalid',

  ABORTED: 'Conflict',
  ALREADY_EXISTS: 'Conflict',
  RESOURCE_ALREADY_EXISTS: 'Conflict',
  RESOURCE_CONFLICT: 'Conflict',
  COULD_NOT_ACQUIRE_LOCK: 'Conflict',
  INVALID_STATE_TRANSITION: 'Conflict',
  CATALOG_ALREADY_EXISTS: 'Conflict',
  SCHEMA_ALREADY_EXISTS: 'Conflict',

  RESOURCE_EXHAUSTED: 'Throttled',
  REQUEST_LIMIT_EXCEEDED: 'Throttled',

  UNAUTHENTICATED: 'Unauthenticated',

  PERMISSION_DENIED: 'Forbidden',
  CUSTOMER_UNAUTHORIZED: 'Forbidden',

  TEMPORARILY_UNAVAILABLE: 'Unavailable',
  UNAVAILABLE: 'Unavailable',
  SERVICE_UNDER_MAINTENANCE: 'Unavailable',
  WORKSPACE_TEMPORARILY_UNAVAILABLE: 'Unavailable',
  INTERNAL_ERROR: 'Unavailable',
  DEADLINE_EXCEEDED: 'Unavailable',
  CANCELLED: 'Unavailable',

  UNKNOWN: 'Unknown',
  DATA_LOSS: 'Unknown',
} satisfies Record<string, ErrorKind>

/** Codes that decide whatever the status is; the status decides for every other code. */
export const kindOfCode: ReadonlyMap<string, ErrorKind> = new Map(Object.entries(codes))

/** What a status means when the code says nothing. */
export function kindOfStatus(status: number): ErrorKind {
  switch (status) {
    case 401:
      return 'Unauthenticated'
    case 403:
      return 'Forbidden'
    case 404:
      return 'Missing'
    case 408:
    case 499:
      return 'Unavailable'
    case 409:
      return 'Conflict'
    case 429:
      return 'Throttled'
    case 501:
      return 'Invalid'
    default:
      if (status >= 500) return 'Unavailable'
      return status >= 400 ? 'Invalid' : 'Unknown'
  }
}

/** Words with which Databricks refuses a token under a 400 or 403, which also have other meanings. */
export const refusedToken = /^invalid access token|^token (is|has) expir(ed|ing)|ExpiredJwtException/i

/** SCIM says "too many requests" with a 500, and others in plain text. */
export const throttled = /\bREQUEST_LIMIT_EXCEEDED\b/

/** Words that mean "in a moment" under any status: the control plane of the workspace is being moved. */
export const transient =
  /UnknownWorkerEnvironmentException|does not have any associated worker environments|There is no worker environment with id|Unknown worker environment|ClusterNotReadyException/

/** One meaning that a code has on some calls only. */
export interface CallRule {
  /** Method and path, as in an error's `call`. */
  readonly call: RegExp
  readonly codes: readonly string[]
  /** Any status when absent. */
  readonly status?: number
  readonly message?: RegExp
  /**
   * Which parameter of the call the first group of `message` must equal. "Job 5 does not exist" in
   * answer to an update of job 4 is about a reference, not about the job.
   */
  readonly about?: 'cluster_id' | 'job_id' | 'run_id'
  readonly kind: ErrorKind
}

const clusters = /\/api\/2\.\d\/(clusters|libraries)\//
const invalid = ['INVALID_PARAMETER_VALUE', 'INVALID_STATE']

/** Tried in order, the first that fits wins; they come before the general tables. */
export const callRules: readonly CallRule[] = [
  // A cluster that is gone is a 400, and a purged one even an INVALID_STATE.
  {
    call: clusters,
    codes: invalid,
    message: /^Cluster (\S+) does not exist/,
    about: 'cluster_id',
    kind: 'Missing',
  },
  {
    call: clusters,
    codes: invalid,
    message: /^Cannot access cluster (\S+)/,
    about: 'cluster_id',
    kind: 'Missing',
  },
  // Where a newer path answers 404, its code is sometimes still the general one.
  {
    call: /^GET \/api\/2\.\d\/(clusters|jobs|jobs\/runs)\/get$/,
    codes: invalid,
    status: 404,
    kind: 'Missing',
  },
  {
    call: /\/api\/2\.0\/permissions\/clusters\//,
    codes: invalid,
    message: /^Cannot access cluster |^Cluster \S+ does not exist/,
    kind: 'Missing',
  },
  // The same code on a verb means "not in this state": the cluster is busy and will accept it later.
  {
    call: /^POST \/api\/2\.\d\/clusters\/(edit|update|resize|start|restart)$/,
    codes: ['INVALID_STATE'],
    kind: 'Conflict',
  },
  {
    call: /\/api\/2\.\d\/jobs\/(get|update|reset|delete|run-now)$/,
    codes: ['INVALID_PARAMETER_VALUE'],
    message: /^Job (\S+?) does not exist/,
    about: 'job_id',
    kind: 'Missing',
  },
  {
    call: /\/api\/2\.\d\/jobs\/runs\//,
    codes: ['INVALID_PARAMETER_VALUE'],
    message: /^Run:? (\S+?) (?:does not exist|in job: .* doesn't exist)/,
    about: 'run_id',
    kind: 'Missing',
  },
  {
    call: /^POST \/api\/2\.\d\/jobs\/(create|run-now)$/,
    codes: ['INVALID_STATE'],
    message: /exceeding rate limit/,
    kind: 'Throttled',
  },
  // An unknown principal may come with the code of an unknown securable.
  {
    call: /\/unity-catalog\//,
    codes: ['RESOURCE_DOES_NOT_EXIST', 'NOT_FOUND'],
    message: /^Could not find principal/,
    kind: 'Invalid',
  },
]
