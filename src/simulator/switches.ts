import type { Cloud } from './clusters/clouds.ts'

/**
 * Every behaviour of the real service that nobody has confirmed, or that differs between clouds and
 * regions, under one name. A client should work in each position.
 */
export interface Switches {
  /** Where the workspace runs: what machines, zones and defaults there are. */
  readonly cloud: Cloud
  /** Whether default tags on Azure have one more, `DatabricksEnvironment`. */
  readonly azureEnvironmentTag: boolean
  /** What list-zones tells on Azure: zones that are numbers, or nothing at all. */
  readonly azureZones: 'Numbers' | 'Nothing'
  /** What `error_code` a refused access token gives; both have been seen, with status 403. */
  readonly badTokenCode: 403 | 'PERMISSION_DENIED'
  /** Whether a refusal of credentials repeats its text in `X-Databricks-Reason-Phrase`. */
  readonly reasonPhraseHeader: boolean
  /** Whether a call without credentials is refused with a text, or with nothing but the status. */
  readonly missingCredentialsBody: 'Json' | 'Empty'
  /** How a call with an OAuth or Entra token that has expired is refused. */
  readonly expiredToken: 401 | 403 | 400
  /** How a call is refused whose credentials are right but whose principal is not in the workspace. */
  readonly strangerStatus: 403 | 401
  /** Whether a token of Entra is refused in its last 30 seconds already. */
  readonly refuseExpiringEntraTokens: boolean
  /** What the token endpoint says to a client that it does not know; 400 without a body has been seen. */
  readonly refusedClient: 'InvalidClient' | 'EmptyBody400'
  /** How the token endpoint writes `expires_in`. */
  readonly expiresIn: 'Number' | 'Text'
  /** Whether a token got for another token lives no longer than that one. */
  readonly tokenLifeFollowsSubject: boolean
  /** How tokens to be exchanged may be signed. */
  readonly subjectTokenAlgorithms: readonly string[]
  /** Which ends of a token's life Entra tells: the seconds that are left, the instant, or both. */
  readonly entraExpiry: 'ExpiresIn' | 'ExpiresOn' | 'Both'
  /** How Entra writes them. */
  readonly entraNumbers: 'Number' | 'Text'
  /** Whether every answer of the API carries an `X-Request-Id`. */
  readonly requestIdHeader: boolean
  /** What a change that has nothing to tell answers: `{}`, or no body at all. */
  readonly emptyAnswer: 'Object' | 'Nothing'
  /** What `error_code` a call above the workspace's limits gets. */
  readonly throttledCode: 'REQUEST_LIMIT_EXCEEDED' | 'RESOURCE_EXHAUSTED'
  /** Whether every answer carries `X-Databricks-Org-Id`, or only SCIM Me does. */
  readonly orgIdOnAllAnswers: boolean
  /** How a cluster or job that does not exist is reported: the documented 400, or the newer 404. */
  readonly missingObject: 'INVALID_PARAMETER_VALUE' | 'RESOURCE_DOES_NOT_EXIST'
  /** Restarting a cluster that is not running: documentation says nothing happens, practice says error. */
  readonly restartWhenNotRunning: 'Nothing' | 'INVALID_STATE'
  /** Whether a resize while another resize is under way is refused. */
  readonly refuseResizeWhileResizing: boolean
  /** Whether a resize is also visible in the cluster's `spec`. */
  readonly resizeChangesSpec: boolean
  /** Whether a read shows `num_workers` of a cluster that scales: how many it has at present. */
  readonly showWorkersWhileScaling: boolean
  /** Whether `spec` of a read follows what others than the owner of the cluster send. */
  readonly specShowsOthersEdits: boolean
  /** Whether clusters/update puts in anew what a policy fixes and fills, or leaves of that what it does not name. */
  readonly updateRefillsPolicy: boolean
  /** Whether `apply_policy_default_values` is still in `spec` after clusters/update, which cannot name it. */
  readonly updateKeepsPolicyFlag: boolean
  /** Whether clusters/create honours `idempotency_token`, which is not in the schema of 2.1. */
  readonly clusterIdempotencyToken: 'Honoured' | 'Ignored'
  /** How a policy or a pool is refused whose name another one has. */
  readonly takenNameCode: 'INVALID_PARAMETER_VALUE' | 'RESOURCE_ALREADY_EXISTS'
  /** What `error_code` a cluster gets that its policy does not allow; only the status is known. */
  readonly policyViolationCode: 'INVALID_PARAMETER_VALUE' | 'BAD_REQUEST'
  /** How a cluster is refused that would be one more than its policy allows a user. */
  readonly clusterQuotaCode: 'INVALID_PARAMETER_VALUE' | 'QUOTA_EXCEEDED'
  /** What `error_code` the permanent deletion of a pinned cluster gets; only its text is known. */
  readonly pinnedClusterCode: 'INVALID_PARAMETER_VALUE' | 'INVALID_STATE'
  /** Whether a cluster may name its runtime `auto:latest` and the like, as policies may. */
  readonly runtimeAliases: 'InPolicies' | 'Everywhere'
  /** Whether the texts of custom tags are held to what AWS takes. */
  readonly limitTagTexts: boolean
  /** Whether a cluster may have ten init scripts at most; sources disagree. */
  readonly limitInitScripts: boolean
  /** Whether a read shows the runtime that `use_ml_runtime` led to. */
  readonly showEffectiveSparkVersion: boolean
  /** Whether a read shows the Delta setting that older workspaces add to `spark_conf`. */
  readonly fillDeltaPreview: boolean
  /** Whether a read shows `runtime_engine` when it was not sent. */
  readonly fillRuntimeEngine: boolean
  /** Whether a read shows the user of a Docker image's registry; its password it never shows. */
  readonly showDockerUser: boolean
  /** Whether each task of a job reads back with `webhook_notifications: {}`. */
  readonly fillTaskWebhookNotifications: boolean
  /** The name of a job created without one. */
  readonly namelessJob: string
  /** Whether a `task_key` may have letters, digits, - and _ only. */
  readonly limitTaskKeys: boolean
  /** What jobs/update makes of the former `parameters` where it names others: gone, or kept beside them. */
  readonly updatedParameters: 'Replaced' | 'MergedByName'
  /** Whether the settings of a job repeat its `run_as`, beside `run_as_user_name`. */
  readonly echoRunAs: boolean
  /** Whether jobs/update takes an identity away when it is told to; reset never does. */
  readonly removableRunAs: boolean
  /** Whether the deletion of a job stops its runs. */
  readonly deletedJobStopsRuns: boolean
  /** Whether a job's `run_as` must name a principal of the workspace when it is written. */
  readonly refuseUnknownRunAs: boolean
  /** Whether a read shows `edit_mode` when it was not sent. */
  readonly fillEditMode: boolean
  /** How many jobs a workspace can hold. */
  readonly mostJobs: number
  /** Status of the QUOTA_EXCEEDED for one job more. */
  readonly jobQuotaStatus: 400 | 429
  /** How many jobs can be created in an hour; 1000 in the past. */
  readonly mostJobsPerHour: number
  /** How deep run job tasks may lie in one another. */
  readonly mostNestedJobs: number
  /** What a run shows when a task failed: recorded on serverless compute, and presumed on classic. */
  readonly failedRun: 'INTERNAL_ERROR' | 'TERMINATED'
  /** What a task shows that was not run because of what became of others. */
  readonly passedOverTask: 'TERMINATED' | 'SKIPPED'
  /** The `result_state` of a run that was skipped for its `max_concurrent_runs`. */
  readonly skippedRunResult: 'MAXIMUM_CONCURRENT_RUNS_REACHED' | undefined
  /** Whether runs/get-output takes the id of a job's run if that has one task; clients were refused. */
  readonly outputOfRunWithOneTask: 'Refused' | 'Given'
  /** How long a run waits in the queue. */
  readonly hoursInQueue: number
  /** How many task runs may be active in the workspace; above, runs are queued or skipped. */
  readonly mostTaskRuns: number
  /** Whether reset and update refuse a job whose `run_as` was deleted since; its runs fail in any case. */
  readonly refuseDeletedRunAs: boolean
  /** Status of PRINCIPAL_DOES_NOT_EXIST when a grant names an unknown principal. */
  readonly unknownPrincipalStatus: 400 | 404
  /** Whether an unknown securable is named by its kind (SCHEMA_DOES_NOT_EXIST) or generally. */
  readonly unknownSecurableCode: 'ByKind' | 'RESOURCE_DOES_NOT_EXIST'
  /** Whether one refused change leaves the other changes of the same PATCH undone. */
  readonly atomicGrants: boolean
  /** Whether the workspace has Unity Catalog; if not, why every call about it is refused. */
  readonly unityCatalog: 'Available' | 'FeatureDisabled' | 'NoMetastore'
  /** Status of METASTORE_DOES_NOT_EXIST in a workspace without a metastore. */
  readonly noMetastoreStatus: 404 | 400
  /** What `error_code` a privilege gets that its securable cannot have; only the text is known. */
  readonly inapplicablePrivilegeCode: 'INVALID_PARAMETER_VALUE' | 'BAD_REQUEST'
  /** Whether a privilege may be written in lower case. */
  readonly lowerCasePrivileges: 'Accepted' | 'Refused'
  /** Whether one change may remove ALL_PRIVILEGES and add something. */
  readonly addWhileRemovingAll: 'Accepted' | 'Refused'
  /** How a read shows ALL_PRIVILEGES: as one entry, or as each privilege that it includes, as was seen once on tables. */
  readonly allPrivilegesRead: 'One' | 'Each'
  /** Whether a holder of ALL_PRIVILEGES may pass privileges on. */
  readonly allPrivilegesIncludeManage: boolean
  /** When the system writes properties of its own into a new catalog or schema; undefined is never. */
  readonly systemWritesAfterSeconds: number | undefined
  /** Whether groups of the account can be changed through the workspace. */
  readonly workspaceScimChangesAccountGroups: boolean
  /** Whether privileges are granted where it is only believed that they can be, BROWSE on a catalog for instance. */
  readonly unconfirmedPlacements: 'Accepted' | 'Refused'
  /** Whether administrators of the workspace may do everything in the metastore, or only its owner. */
  readonly workspaceAdminsAreMetastoreAdmins: boolean
  /** How a securable is refused to somebody who may not see it: as if it were missing, or with 403. */
  readonly unseenSecurable: 'Missing' | 'PERMISSION_DENIED'
  /** Status of the error that a securable of this name exists. */
  readonly takenNameStatus: 400 | 409
  /** Status of the error that a catalog or schema is not empty. */
  readonly notEmptyStatus: 400 | 409
  /** What `error_code` the access list of a kind of object gets that does not exist. */
  readonly unknownObjectTypeCode: 'INVALID_PARAMETER_VALUE' | 'BAD_REQUEST'
  /** How an access list that names an unknown principal is refused: with status 404, or 400. */
  readonly unknownPermissionPrincipal: 'RESOURCE_DOES_NOT_EXIST' | 'INVALID_PARAMETER_VALUE'
  /** Whether a PATCH of permissions can give somebody less than before. */
  readonly permissionsPatchLowers: boolean
  /** Whether a PATCH of permissions that names another owner moves ownership, or is refused. */
  readonly permissionsPatchMovesOwner: boolean
  /** How long the access list of a deleted job or pipeline can still be read. */
  readonly permissionsOutliveSeconds: number
  /** Whether e-mail addresses come back in lower case, as some regions do. */
  readonly lowerCaseUsers: boolean
  /** Share of the pages of a paged grant list that are empty and still carry a token. */
  readonly emptyPageShare: number
}

/** The positions that match the most evidence; where it is even, the one that is harder for a client. */
export const usualSwitches: Switches = {
  cloud: 'AWS',
  azureEnvironmentTag: false,
  azureZones: 'Numbers',
  badTokenCode: 403,
  reasonPhraseHeader: true,
  missingCredentialsBody: 'Json',
  expiredToken: 401,
  strangerStatus: 403,
  refuseExpiringEntraTokens: true,
  refusedClient: 'InvalidClient',
  expiresIn: 'Number',
  tokenLifeFollowsSubject: true,
  subjectTokenAlgorithms: ['RS256', 'ES256'],
  entraExpiry: 'Both',
  entraNumbers: 'Text',
  requestIdHeader: false,
  emptyAnswer: 'Object',
  throttledCode: 'REQUEST_LIMIT_EXCEEDED',
  orgIdOnAllAnswers: true,
  missingObject: 'INVALID_PARAMETER_VALUE',
  restartWhenNotRunning: 'INVALID_STATE',
  refuseResizeWhileResizing: true,
  resizeChangesSpec: false,
  showWorkersWhileScaling: false,
  specShowsOthersEdits: true,
  updateRefillsPolicy: true,
  updateKeepsPolicyFlag: true,
  clusterIdempotencyToken: 'Ignored',
  takenNameCode: 'INVALID_PARAMETER_VALUE',
  policyViolationCode: 'INVALID_PARAMETER_VALUE',
  clusterQuotaCode: 'QUOTA_EXCEEDED',
  pinnedClusterCode: 'INVALID_PARAMETER_VALUE',
  runtimeAliases: 'InPolicies',
  limitTagTexts: true,
  limitInitScripts: true,
  showEffectiveSparkVersion: true,
  fillDeltaPreview: false,
  fillRuntimeEngine: false,
  showDockerUser: true,
  fillTaskWebhookNotifications: false,
  namelessJob: 'Untitled',
  limitTaskKeys: true,
  updatedParameters: 'Replaced',
  echoRunAs: true,
  removableRunAs: false,
  deletedJobStopsRuns: true,
  refuseUnknownRunAs: true,
  fillEditMode: false,
  mostJobs: 12_000,
  jobQuotaStatus: 400,
  mostJobsPerHour: 10_000,
  mostNestedJobs: 3,
  failedRun: 'INTERNAL_ERROR',
  passedOverTask: 'TERMINATED',
  skippedRunResult: undefined,
  outputOfRunWithOneTask: 'Refused',
  refuseDeletedRunAs: false,
  hoursInQueue: 48,
  mostTaskRuns: 2000,
  unknownPrincipalStatus: 404,
  unknownSecurableCode: 'ByKind',
  atomicGrants: true,
  unityCatalog: 'Available',
  noMetastoreStatus: 404,
  inapplicablePrivilegeCode: 'INVALID_PARAMETER_VALUE',
  lowerCasePrivileges: 'Accepted',
  addWhileRemovingAll: 'Accepted',
  allPrivilegesRead: 'One',
  allPrivilegesIncludeManage: false,
  systemWritesAfterSeconds: 30,
  workspaceScimChangesAccountGroups: false,
  unconfirmedPlacements: 'Accepted',
  workspaceAdminsAreMetastoreAdmins: true,
  unseenSecurable: 'PERMISSION_DENIED',
  takenNameStatus: 409,
  notEmptyStatus: 400,
  unknownObjectTypeCode: 'INVALID_PARAMETER_VALUE',
  unknownPermissionPrincipal: 'RESOURCE_DOES_NOT_EXIST',
  permissionsPatchLowers: true,
  permissionsPatchMovesOwner: true,
  permissionsOutliveSeconds: 60,
  lowerCaseUsers: false,
  emptyPageShare: 0.25,
}
