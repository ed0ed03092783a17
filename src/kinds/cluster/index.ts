import { createHash } from 'node:crypto'
import { isObject, type Json, type JsonObject } from '../../databricks/json.ts'
import type { Impact } from '../../drift/change.ts'
import type { Difference } from '../../drift/compare.ts'
import { compileRules } from '../../drift/rules.ts'
import { isValueObject, memberOf, type Value, type ValueObject } from '../../drift/value.ts'
import { addedTags } from '../additions.ts'
import type { Found, Kind, Subject } from '../kind.ts'
import { accessList } from '../permissions.ts'
import { markIn, withMark, withoutMark } from '../tag-mark.ts'
import { editWire, emptyWrite } from '../wire-edit.ts'
import { fromWire, toWire } from '../wire.ts'
import { usualAutoterminationMinutes } from '../workspace/defaults.ts'
import {
  createCluster,
  editCluster,
  getCluster,
  lastEditor,
  listClusters,
  removeCluster,
  resizeCluster,
  shareCluster,
  shownClusters,
  updateCluster,
} from './api.ts'
import { fieldsOf, withFields, type Fields } from './edit.ts'
import { clusterRules } from './fields.ts'
import { databricksCluster, type DatabricksClusterSpec } from './schema.ts'
import { actsAsMaker } from './dedicated.ts'
import { outdated, withFixedEntries, withoutOwnEntries } from './own-entries.ts'
import { imposedBy, policyAfter, readPolicy } from './policy.ts'
import { assertWorkers, isSize, saysSize, sizeOf, withWholeSize, wouldShrink } from './size.ts'
import { wholeOf } from './whole.ts'
import { lostWith } from './unreadable.ts'
import { busyIn, healthOf, isRunning, onTheMove } from './state.ts'

const rules = compileRules(clusterRules)

/** How soon to look again at a cluster that is starting, resizing, restarting or stopping, in milliseconds. */
const whileMoving = 5_000

/** An all-purpose cluster: one remote object with an id and a running state that changes can disturb. */
export const cluster: Kind<DatabricksClusterSpec> = {
  definition: databricksCluster,
  rules,
  references: () => [],
  parts: () => [''],
  wanted: ({ workspaceRef: _workspaceRef, management: _management, ...body }) => body,
  body: bodyOf,
  actsAsMaker,

  async observe(subject) {
    const id = idOf(subject)
    const read = await getCluster(subject.session.databricks, id)
    if (read.is === 'Found') return foundOf(read.details, subject)
    const what = read.purged
      ? `Databricks has forgotten cluster ${id}, which nobody used for thirty days`
      : `cluster ${id} does not exist in workspace ${subject.session.workspaceId}`
    return { is: 'Missing', what, purged: read.purged }
  },

  impact,
  verb,
  removal: { verb: 'clusters/permanent-delete', impact: 'Delete' },
  needsApproval: (difference, _subject, { found }) =>
    isPolicyFlag(difference) ? lostWith(found.raw) : undefined,
  async imposed({ session, spec }, { raw }, differences) {
    const policyId = policyAfter(differences, spec.policyId ?? raw['policy_id'], raw['policy_id'])
    return imposedBy(await readPolicy(session.databricks, policyId), differences)
  },
  changedBy: (subject) => lastEditor(subject.session.databricks, idOf(subject)),

  async correct(subject, { found, wanted, differences }) {
    const { databricks } = subject.session
    const id = idOf(subject)
    // Resize keeps the cluster serving, so it is taken whenever it is enough; its body comes from what is
    // wanted and not from what differs: half a size once left clusters with no workers at all.
    if (found.running && differences.every(isSize) && memberOf(wanted, 'isSingleNode') !== true) {
      const size = sizeOf(wanted)
      assertWorkers(size, { wanted, before: found.raw })
      return resizeCluster(databricks, id, size)
    }
    const goal = bodyOf(wanted)
    const edit = editWire({ schema: databricksCluster.spec, rules }, found.raw, differences)
    const policy = await readPolicy(databricks, edit.after['policy_id'])
    // What is wanted of this write has in it what is only reported; what people named is in the manifest.
    const manifest = toWire(databricksCluster.spec, subject.spec)
    const after = withFixedEntries(withoutOwnEntries(edit, manifest), manifest, policy)
    const changes = { ...edit, after, changed: [...edit.changed, ...outdated(edit, after)] }
    const fields = withTags(withWholeSize(fieldsOf(changes, goal), wanted), {
      found,
      tags: after['custom_tags'],
      subject,
    })
    if (differences.some(isPolicyFlag)) {
      const whole = wholeOf(found.raw, { fields, goal }, policy)
      assertWorkers(whole, { wanted, before: found.raw })
      return editCluster(databricks, id, whole)
    }
    // It would change nothing, and restart the cluster.
    if (fields.size === 0) throw new Error(emptyWrite)
    const body = withFields({}, fields)
    if (saysSize(fields)) assertWorkers(body, { wanted, before: found.raw })
    await updateCluster(databricks, id, { mask: [...fields.keys()], body })
  },

  identity: {
    noun: 'cluster',
    markedAs: 'clusters',
    nameOf: ({ clusterName }) => clusterName,
    list: ({ databricks }, markKey) => listClusters(databricks, markKey),
    create(subject, wanted, mark) {
      const body = bodyOf(wanted)
      return createCluster(subject.session.databricks, {
        ...body,
        ...withMark('custom_tags', body['custom_tags'], mark),
        idempotency_token: tokenOf(subject, mark.value),
      })
    },
    additions,
    completion({ session, defaults = {} }) {
      const permissions = accessList(defaults.permissions?.clusters ?? [], session)
      return permissions.length === 0 ? undefined : (id) => shareCluster(session.databricks, id, permissions)
    },
    remove: ({ databricks }, id) => removeCluster(databricks, id),
  },

  sweep: {
    pages: ({ databricks }) => shownClusters(databricks),
    // A listing does not tell what was last sent.
    found: (item, subject) =>
      subject.spec.applyPolicyDefaultValues === undefined ? foundOf(item, subject) : undefined,
  },
}

function bodyOf(wanted: Value): JsonObject {
  return toWire(databricksCluster.spec, isValueObject(wanted) ? wanted : {})
}

async function additions(
  { session, defaults = {} }: Subject<DatabricksClusterSpec>,
  wanted: Value,
): Promise<ValueObject> {
  const own = memberOf(wanted, 'policyId')
  const policyId = typeof own === 'string' ? own : defaults.policyId
  const { says } = await readPolicy(session.databricks, policyId)
  const isTimed = memberOf(wanted, 'autoterminationMinutes') !== undefined || says('autotermination_minutes')
  const minutes = defaults.autoterminationMinutes ?? usualAutoterminationMinutes
  return {
    ...(own === undefined && policyId !== undefined ? { policyId } : {}),
    ...(isTimed ? {} : { autoterminationMinutes: minutes }),
    ...addedTags('customTags', wanted, { tags: defaults.tags, says: (key) => says(`custom_tags.${key}`) }),
  }
}

function idOf({ externalId, object }: Subject<DatabricksClusterSpec>): string {
  if (externalId === undefined) throw new Error(`${object.metadata.name} has no cluster id yet`)
  return externalId
}

/** One per attempt, at most 64 characters. Whether Databricks still honours it is unsure: nothing rests on it. */
const tokenOf = ({ status }: Subject<DatabricksClusterSpec>, mark: string): string =>
  createHash('sha256')
    .update(`${mark} ${status.attempt?.at ?? ''}`)
    .digest('hex')

function verb(differences: readonly Difference[]): string {
  if (differences.every(isSize)) return 'clusters/resize'
  return differences.some(isPolicyFlag) ? 'clusters/edit' : 'clusters/update'
}

/** The one setting that clusters/update does not take. */
const isPolicyFlag = ({ path: [first] }: Difference): boolean => first === 'applyPolicyDefaultValues'

/** The mark rides along when a write goes out anyway; alone it is never a reason for one. */
function withTags(
  fields: Fields,
  { found, tags, subject }: { found: Found; tags: Json | undefined; subject: Subject },
): Fields {
  if (!lacksMark(found, subject) && !fields.has('custom_tags')) return fields
  const { custom_tags: marked } = withMark('custom_tags', fields.get('custom_tags') ?? tags, subject.mark)
  return new Map([...fields, ['custom_tags', marked]])
}

const lacksMark = (found: Found, { mark }: Pick<Subject, 'mark'>): boolean =>
  found.mark === undefined && mark.key !== undefined

function impact(difference: Difference, found: Found, spec?: DatabricksClusterSpec): Impact {
  if (!found.running) return 'InPlace'
  // A single node has no size that could change without a restart.
  if (!isSize(difference) || spec?.isSingleNode === true) return 'Restart'
  return wouldShrink(difference, found.found, spec?.numWorkers) ? 'Shrink' : 'InPlace'
}

function foundOf(details: JsonObject, subject: Subject<DatabricksClusterSpec>): Found {
  const { session, externalId } = subject
  const state = typeof details['state'] === 'string' ? details['state'] : 'UNKNOWN'
  const mark = markIn(details['custom_tags'], subject.mark.key)
  const busy = busyIn(state)
  const source = details['cluster_source']
  return {
    is: 'Found',
    raw: details,
    found: manifestForm(withoutMark(details, 'custom_tags', subject.mark)),
    running: isRunning(state),
    state,
    url: `${session.origin}/compute/clusters/${externalId ?? ''}?o=${session.workspaceId}`,
    health: healthOf(state, details),
    ...(mark === undefined ? {} : { mark }),
    ...(busy === undefined ? {} : { busy }),
    ...stopsIn(details),
    ...(onTheMove(state) ? { checkSoon: whileMoving } : {}),
    ...(typeof source !== 'string' || source === 'API' || source === 'UI'
      ? {}
      : {
          managedElsewhere: {
            what: `the cluster was made by ${source}, not by a person or the API`,
            yields: false,
          },
        }),
  }
}

/** What Databricks tells about when it stops by itself. */
function stopsIn({ autotermination_minutes: minutes }: JsonObject): Pick<Found, 'stops'> {
  if (typeof minutes !== 'number') return {}
  return {
    stops:
      minutes === 0
        ? 'which it never does by itself'
        : `which it does by itself after ${minutes} minutes without use`,
  }
}

/** Top-level values are the effective ones; only the settings last sent tell about the policy's defaults. */
function manifestForm(details: JsonObject): Value {
  const sent = isObject(details['spec']) ? details['spec']['apply_policy_default_values'] : undefined
  return {
    ...fromWire(databricksCluster.spec, details),
    ...(typeof sent === 'boolean' ? { applyPolicyDefaultValues: sent } : {}),
  }
}
