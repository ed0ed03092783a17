import type { Json } from '../databricks/json.ts'
import type { ManagedSpec, Session } from '../kinds/kind.ts'
import type { Status } from '../kinds/status.ts'
import { markKey } from '../kinds/mark.ts'
import { pathOfTag } from '../kinds/tag-mark.ts'
import type { Connection } from '../kinds/workspace/directory.ts'
import type { Terms } from '../kinds/workspace/terms.ts'
import type { KubeObject } from '../kube/object.ts'
import type { Refusal } from './access.ts'
import { isSet } from './annotations.ts'
import type { Lending } from './lending.ts'
import type { ReferenceFact } from './reference-fact.ts'
import type { Mark } from './mark.ts'
import { stalled, waiting, type Outcome } from './outcome.ts'
import { withRemedy } from './with-remedy.ts'
import { sentenceOfNotReady } from './workspace-trouble.ts'

/** What is known before any call to Databricks; all of it from memory. */
export interface Facts {
  object: KubeObject
  spec: ManagedSpec
  status: Status
  workspaceKey: string
  workspaceExists: boolean
  connection: Connection
  references: ReferenceFact[]
  /** What the workspace says about its objects. */
  terms: Terms
  /** The mark that what is made for the object carries. */
  mark: Mark
  /** What the workspace lends, where it belongs to another namespace than the object. */
  lending?: Lending
  /** What is wrong with a path of `management.ignore`. */
  misdirected?: string
  /** Another, older object of the same kind that manages the same remote object. */
  claimedBy?: string
}

/** A check that every object passes before a call is made; it answers why to stop, or nothing. */
export type Gate = (facts: Facts) => Outcome | undefined

/** How long to wait for something that wakes us when it changes, in milliseconds: only a net below the waking. */
const untilWoken = 60_000

const workspaceExists: Gate = ({ workspaceExists, workspaceKey }) =>
  workspaceExists
    ? undefined
    : waiting(
        'WorkspaceMissing',
        withRemedy(`DatabricksWorkspace ${workspaceKey} does not exist`, 'WorkspaceMissing'),
        untilWoken,
      )

const workspaceConnected: Gate = ({ connection, workspaceKey }) => {
  switch (connection.is) {
    case 'Ready':
      return undefined
    case 'Unchecked':
      return waiting(
        'NotLookedYet',
        `DatabricksWorkspace ${workspaceKey} has not been checked yet`,
        untilWoken,
      )
    case 'NotReady':
      return waiting('WorkspaceNotReady', sentenceOfNotReady(workspaceKey, connection), untilWoken)
    default:
      return connection satisfies never
  }
}

/** Before anything of the workspace is told: what it does not lend to somebody is none of his business. */
const workspaceLent: Gate = ({ lending }) => refused(lending?.admission())

/** An object is bound to the workspace it was made in, whatever its host answers as later. */
export const sameWorkspace: Gate = ({ connection, status }) => {
  const session = connection.is === 'Unchecked' ? undefined : connection.session
  if (session === undefined || status.workspaceId === undefined) return undefined
  const { workspaceId } = session
  return workspaceId === status.workspaceId
    ? undefined
    : stalled(
        'WorkspaceChanged',
        `the host now answers as workspace ${workspaceId}, but this object lives in workspace ${status.workspaceId}; nothing is written`,
      )
}

/** The same for who is not being deleted: a deletion has a way out of its own. */
const staysInItsWorkspace: Gate = (facts) => {
  const moved = sameWorkspace(facts)
  return moved?.is === 'Stalled' ? { ...moved, message: withRemedy(moved.message, moved.reason) } : moved
}

const referencesReady: Gate = ({ references, workspaceKey, status }) => {
  for (const { kind, name, path, target } of references) {
    const waits = (reason: 'ReferenceMissing' | 'ReferenceNotReady', why: string): Outcome =>
      waiting(reason, withRemedy(`${path}: ${kind} ${name} ${why}`, reason), untilWoken)
    if (target === undefined) return waits('ReferenceMissing', 'does not exist in this namespace')
    if (target.workspace !== workspaceKey)
      return stalled(
        'InvalidSpec',
        `${path}: ${kind} ${name} belongs to workspace ${target.workspace}, not ${workspaceKey}`,
      )
    if (target.externalId === undefined) return waits('ReferenceNotReady', 'is not in Databricks yet')
    if (target.isDenied === true)
      return waits('ReferenceNotReady', 'may not use the workspace as it wants to')
    // What exists already goes on being looked at; its id is put right when there is another one.
    if (target.hasVanished === true && status.externalId === undefined)
      return waits('ReferenceNotReady', 'has vanished from Databricks')
  }
  return undefined
}

/** The usual key is refused when the manifest is applied; only here is known that the workspace has its own. */
const leavesMarkAlone: Gate = ({ mark, spec }) => {
  const isOwn = mark.key !== undefined && mark.key !== markKey
  const path = isOwn ? pathOfTag(spec as Json, mark.key) : undefined
  return path === undefined
    ? undefined
    : stalled(
        'InvalidSpec',
        `${path}: the workspace has this tag as the mark of what Lakeward makes: remove it from the manifest`,
      )
}

/** Where a path begins is checked when the manifest is applied; where it leads, only here. */
const ignoresWhatExists: Gate = ({ misdirected }) =>
  misdirected === undefined ? undefined : stalled('InvalidSpec', misdirected)

/** A manifest stays with its remote object: naming another one later would leave the first behind. */
const staysWithItsObject: Gate = ({ status: { externalId }, spec: { management } }) =>
  externalId === undefined || management?.externalId === undefined || management.externalId === externalId
    ? undefined
    : stalled(
        'InvalidSpec',
        `spec.management.externalId: is ${management.externalId}, but this manifest already has ${externalId}: remove the field, or delete the manifest (deletionPolicy: Retain keeps the remote object) and apply it anew`,
      )

const borrowsWhatIsLent: Gate = ({ lending, connection }) =>
  connection.is === 'Ready' ? refused(lending?.manifest(connection.session.me)) : undefined

/** A refusal as an outcome, with what to do about it. */
export const refused = (refusal: Refusal | undefined): Outcome | undefined =>
  refusal === undefined ? undefined : stalled(refusal.reason, withRemedy(refusal.message, refusal.reason))

const notClaimedByAnother: Gate = ({ claimedBy, spec }) =>
  claimedBy === undefined
    ? undefined
    : stalled(
        'AlreadyClaimed',
        withRemedy(
          `the manifest ${claimedBy} already manages ${spec.management?.externalId ?? 'the same remote object'}`,
          'AlreadyClaimed',
        ),
      )

/** The gates in the order in which they are asked. */
export const gates: readonly Gate[] = [
  workspaceExists,
  workspaceLent,
  leavesMarkAlone,
  ignoresWhatExists,
  staysWithItsObject,
  workspaceConnected,
  staysInItsWorkspace,
  referencesReady,
  borrowsWhatIsLent,
  notClaimedByAnother,
]

/** The first reason to stop, if there is one. */
export function firstObjection(facts: Facts, list: readonly Gate[] = gates): Outcome | undefined {
  for (const gate of list) {
    const objection = gate(facts)
    if (objection !== undefined) return objection
  }
  return undefined
}

/** Whether the manifest or its annotation forbids every call. */
export const isSuspended = ({ object, spec }: Pick<Facts, 'object' | 'spec'>): boolean =>
  spec.management?.suspend === true || isSet(object, 'suspend')

/** The connection to work with, once the gates have passed. */
export function sessionOf(connection: Connection): Session {
  if (connection.is !== 'Ready') throw new Error(`no session: the workspace is ${connection.is}`)
  return connection.session
}
