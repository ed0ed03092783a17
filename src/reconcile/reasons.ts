import { refusedCredentials, waitingForCredentials } from './credential-reasons.ts'
import { eventReasons } from './event-reasons.ts'

/** What a reason means and what to do, as sentences: `docs/reasons.md` is written from them. */
export interface ReasonText {
  readonly meaning: string
  readonly remedy: string
}

const itself = 'Nothing: it goes on by itself.'

/**
 * Every reason that a condition or an event of ours can show. One closed list, so that a person, an alert and the code
 * use the same word for the same thing.
 */
export const reasons = {
  // Ready
  Applied: { meaning: 'This generation was accepted by Databricks and read back.', remedy: 'Nothing.' },
  CannotUnset: {
    meaning:
      'This generation was accepted and read back; but a field has left the manifest that Databricks keeps as it was, and offers no way to unset.',
    remedy: 'Write into the manifest what it is to be instead, or leave it as it is.',
  },
  Observed: { meaning: 'It was found and read; mode Observe never writes.', remedy: 'Nothing.' },
  Connected: { meaning: 'The workspace answers and accepts the credentials.', remedy: 'Nothing.' },
  NotLookedYet: { meaning: 'The operator has not looked at this generation yet.', remedy: itself },
  Vanished: {
    meaning: 'The remote object that this manifest made or adopted is gone.',
    remedy:
      'In mode Correct it is made again at the next check. In Observe, restore it or delete the manifest.',
  },

  // Drifted
  NoDrift: { meaning: 'Nobody has changed in Databricks what was last applied.', remedy: 'Nothing.' },
  DriftFound: {
    meaning: 'Somebody or something changed the remote object; status.drift lists each path.',
    remedy:
      'Put the change into the manifest, or let it be corrected (mode Correct), or undo it in Databricks.',
  },
  CannotLook: { meaning: 'The last two checks could not reach Databricks.', remedy: 'See the workspace.' },

  // Waiting: we go on by ourselves
  WorkspaceMissing: {
    meaning: 'The DatabricksWorkspace that the manifest refers to does not exist.',
    remedy: 'Create it, or correct spec.workspaceRef in a new object (the field cannot be changed).',
  },
  WorkspaceNotReady: {
    meaning: 'The DatabricksWorkspace is not connected.',
    remedy: 'Look at its conditions: kubectl describe databricksworkspace NAME -n NAMESPACE.',
  },
  ...waitingForCredentials,
  ReferenceMissing: {
    meaning: 'An object that the manifest refers to does not exist in this namespace.',
    remedy: 'Create it, or correct the name.',
  },
  ReferenceNotReady: {
    meaning: 'An object that the manifest refers to exists but has no remote object yet, or not any more.',
    remedy: 'Look at its conditions.',
  },
  SecurableMissing: {
    meaning: 'The catalog, schema, table or volume does not exist in Unity Catalog, or we may not see it.',
    remedy: 'Create it or correct its name; it is looked for again by itself.',
  },
  Unreachable: {
    meaning: 'The workspace could not be reached: name, network, TLS, or no answer in time.',
    remedy:
      'Check spec.host of the workspace, and the network (proxy, firewall, DNS) between the operator and that host, or the token endpoint if one is named; it is tried again by itself.',
  },
  Unavailable: { meaning: 'Databricks answered that it is temporarily unavailable.', remedy: itself },
  Throttled: { meaning: 'Databricks asked us to slow down (429).', remedy: itself },
  UnexpectedAnswer: {
    meaning: 'Databricks answered with something we do not understand.',
    remedy: 'It is tried again; if it stays, look for a proxy between the operator and Databricks.',
  },
  OperatorError: {
    meaning: 'The operator failed while working on this object; its log has the stack.',
    remedy: 'It is tried again; please report it with the log.',
  },
  RemoteBusy: {
    meaning: 'The remote object is in a state in which it takes no change (starting, resizing, restarting).',
    remedy: itself,
  },
  CreateUnfinished: {
    meaning:
      'A create was sent whose outcome is unknown, or what it made cannot be read yet; we look before we try again.',
    remedy: itself,
  },
  ConfirmingChange: { meaning: 'The change is on its way to Databricks.', remedy: itself },
  HeldRestart: {
    meaning: 'The change would restart a running cluster and waits.',
    remedy:
      'Annotate the object with lakeward.dev/approve=HASH, stop the cluster, or set spec.management.onSpecChange (onDrift for what drifted) to Apply.',
  },
  HeldShrink: {
    meaning: 'The change would take workers from a running cluster and waits.',
    remedy:
      'Annotate the object with lakeward.dev/approve=HASH, stop the cluster, or set spec.management.onSpecChange (onDrift for what drifted) to Apply.',
  },
  HeldRevoke: {
    meaning: 'The change would take away a privilege and waits for approval.',
    remedy: 'Annotate the object with lakeward.dev/approve=HASH, or set spec.acceptRevocations: true.',
  },
  HeldForApproval: {
    meaning:
      'The change would lose something that nobody can read back, such as the password of a Docker image, and waits for approval.',
    remedy:
      'Make the change in Databricks, where the password can be given again; or annotate the object with lakeward.dev/approve=HASH, and give it again afterwards.',
  },
  HeldLong: {
    meaning:
      'A change has been held for more than a day; status.held says which, since when and what lets it go.',
    remedy: 'Approve it, stop the cluster, or change the manifest.',
  },
  Settling: {
    meaning:
      'What was written does not read back yet. For a minute at most Databricks may answer as before a write: until then it is no drift, and is not written again.',
    remedy: itself,
  },
  DeletionWaits: {
    meaning: 'The object is being deleted but its remote object cannot be removed yet.',
    remedy: 'Mend what is named, or annotate with lakeward.dev/abandon=true to leave the remote object.',
  },
  DependantsRemain: {
    meaning: 'The workspace is being deleted and waits for the objects that still use it.',
    remedy: 'Delete the objects that still use it; the workspace goes after them by itself.',
  },
  Suspended: {
    meaning: 'The object is suspended: no call is made for it.',
    remedy: 'Remove spec.management.suspend or the annotation lakeward.dev/suspend.',
  },

  // Stalled: only a person can help
  InvalidSpec: {
    meaning: 'The stored manifest does not fit the schema.',
    remedy: 'Correct the named field.',
  },
  NoRoomForStatus: {
    meaning:
      'The manifest is so large that Kubernetes has no room left for its status (1.5 MiB for both by default): only an event can say so. Or a CatalogGrant would have to record more privileges as added than a status holds (5000).',
    remedy: 'Make the manifest smaller: split it, or move what is long into files that it refers to.',
  },
  StatusUnreadable: {
    meaning:
      'What the status says about which remote object belongs to the manifest cannot be read: another version of Lakeward wrote it. Nothing is written to Databricks.',
    remedy:
      'Run the version of Lakeward that wrote it, or a newer one. To have the remote object searched anew, remove the named field: kubectl edit KIND NAME -n NAMESPACE --subresource=status.',
  },
  ...refusedCredentials,
  AccessDenied: {
    meaning: 'The workspace belongs to another namespace and does not lend what the manifest asks for.',
    remedy: 'Let the manifest do without, or have the owner of the workspace give it in spec.access.',
  },
  RunAsRequired: {
    meaning:
      'The object would act as Lakeward itself, which the workspace of another namespace lends to nobody.',
    remedy:
      'Name somebody else whom spec.access[].runAs of the workspace lists: runAs of a job, singleUserName of a cluster; or give the cluster dataSecurityMode USER_ISOLATION.',
  },
  CredentialsRejected: {
    meaning: 'Databricks, or who gives out tokens for it, does not accept the credentials.',
    remedy:
      'Put a valid token or client secret into the Secret, or have the federation policy trust this identity; it is tried again within a minute.',
  },
  Forbidden: {
    meaning: 'The credentials are valid but may not do this.',
    remedy: 'Grant the identity that is named the right that is named.',
  },
  Refused: {
    meaning: 'Databricks refused the manifest.',
    remedy: 'Correct the field that is named; a corrected manifest is tried at once.',
  },
  PrincipalMissing: {
    meaning: 'Unity Catalog knows no such user, group or service principal.',
    remedy: 'Use an account-level group, a user e-mail, or the application id of a service principal.',
  },
  WorkspaceChanged: {
    meaning: 'The workspace behind the host is another one than before; nothing is written.',
    remedy:
      'Point the host back; or delete the manifests of jobs, clusters and grants that live in the former workspace, with lakeward.dev/abandon=true, and create them again.',
  },
  ManagedElsewhere: {
    meaning: 'Something else manages the remote object.',
    remedy: 'Let only one of the two manage it.',
  },
  DuplicatesFound: {
    meaning: 'More than one remote object carries the mark of this manifest.',
    remedy: 'Delete all but one in Databricks; the remaining one is taken up.',
  },
  UnmarkedFound: {
    meaning:
      'The workspace allows no mark, and something of the same name that Lakeward made is recorded for no manifest.',
    remedy: 'Take it up with spec.management.externalId, delete it in Databricks, or choose another name.',
  },
  AlreadyClaimed: {
    meaning: 'An older object of the same kind already manages this remote object.',
    remedy: 'Delete one of the two manifests.',
  },
  ExternalIdMissing: {
    meaning: 'There is no remote object with spec.management.externalId.',
    remedy: 'Correct the id in a new object (the field cannot be changed).',
  },
  NothingToObserve: {
    meaning: 'Mode Observe never creates, and there is no remote object of this manifest.',
    remedy: 'Set spec.management.externalId to what is to be observed, or mode Correct to create it.',
  },
  Contested: {
    meaning:
      'The same field was put back three times in an hour or five times in seven days, and somebody has changed it again. It is not put back for a week, all others are; neither is an object that is removed again and again. A privilege that is taken away is still given back, once an hour: a view, for one, loses its privileges whenever it is replaced.',
    remedy:
      'Find who changes it; then put the value into the manifest, or undo it in Databricks, or name the field in spec.management.ignore. It is put back again when it was once as the manifest wants it, after any edit of the manifest, and a week after it was last put back.',
  },
  OwnRight: {
    meaning:
      'The manifest has given the right to manage a securable to Lakeward itself, and does not any more. It is never taken back: nothing could be undone after that.',
    remedy: 'Put the privilege back into the manifest, or take it away in Databricks.',
  },
  PolicyEnforced: {
    meaning:
      'A cluster policy of the workspace allows one value only, and another stands in the manifest. That field is not written, because Databricks would refuse it; all others are.',
    remedy:
      'Put the value of the policy into the manifest, or leave the field out; or have the policy changed: it is asked again at each check.',
  },
  DoesNotConverge: {
    meaning:
      'The same change was written twice, or once where it had to be approved, and is still not there; that field is not written any more.',
    remedy: 'See status.drift for both values; change the manifest to what Databricks accepts.',
  },

  // Healthy
  Running: { meaning: 'The cluster runs.', remedy: 'Nothing.' },
  Stopped: { meaning: 'The cluster was stopped as intended.', remedy: 'Nothing.' },
  Starting: { meaning: 'The cluster is on its way; too early to judge.', remedy: itself },
  StartFailed: {
    meaning: 'The cluster ended for a reason that nobody asked for.',
    remedy: 'See the message for the termination reason of Databricks.',
  },

  ...eventReasons,
} as const satisfies Record<string, ReasonText>

/** One of these words. */
export type Reason = keyof typeof reasons
