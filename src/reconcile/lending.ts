import type { JsonObject } from '../databricks/json.ts'
import type { Kind, ManagedSpec, Resolve, Session } from '../kinds/kind.ts'
import { placeIn } from '../kinds/legible.ts'
import { termsOf } from '../kinds/workspace/terms.ts'
import type { KubeObject } from '../kube/object.ts'
import { isSame, refusalOf, type Asking, type Refusal } from './access.ts'
import { borrowedBy, type LendingList } from './borrowed.ts'
import type { Environment } from './environment.ts'
import type { ReferenceFact } from './reference-fact.ts'
import { guarded } from './guarded.ts'
import type { PartState } from './state.ts'
import { workspaceKeyOf } from './workspace-key.ts'
import { statusOf } from './writer.ts'

/** What the workspace of another namespace lends to an object; asked anew each time. */
export interface Lending {
  /** Why the object may not use the workspace at all. */
  admission(): Refusal | undefined
  /** Why what its manifest wants may not be sent. Its references have to have ids. */
  manifest(me: string): Refusal | undefined
  /** Why a body in Databricks' form may not be sent, or what stands there not be taken over. */
  body(body: JsonObject, me: string): Refusal | undefined
}

/** Whose object it is, and among which others. */
interface Borrower {
  kind: Kind
  environment: Pick<Environment, 'stores'>
}

/** What an object asks of a workspace that belongs to another namespace; undefined for one of its own. */
function askingOf(
  { kind, environment: { stores } }: Borrower,
  object: KubeObject,
  spec: ManagedSpec,
): Asking | undefined {
  const { namespace = '' } = object.metadata
  const owner = spec.workspaceRef?.namespace
  if (owner === undefined || owner === namespace) return undefined
  const workspace = workspaceKeyOf(object, spec)
  const { access = [], defaults = {} } = termsOf(stores.get('DatabricksWorkspace')?.get(workspace))
  return {
    workspace,
    entries: access,
    ...(defaults.policyId === undefined ? {} : { usualPolicy: defaults.policyId }),
    namespace,
    labels: stores.get('Namespace')?.get(`/${namespace}`)?.metadata.labels ?? {},
    kind: kind.definition.kind,
    adopts: spec.management?.externalId !== undefined || statusOf(object).origin === 'Adopted',
  }
}

/** Whether an object may use its workspace at all. What may not has no say in what others do there. */
export function isAdmitted(borrower: Borrower, object: KubeObject): boolean {
  const asking = askingOf(borrower, object, placeIn(object.spec))
  return asking === undefined || refusalOf(asking) === undefined
}

/** What the workspace lends to an object; undefined for one of its own namespace, to which it lends all. */
export function lendingOf(
  borrower: Borrower,
  {
    object,
    spec,
    references,
  }: { object: KubeObject; spec: ManagedSpec; references: readonly ReferenceFact[] },
): Lending | undefined {
  const { kind } = borrower
  const ask = () => askingOf(borrower, object, spec)
  const asked = (judge: (asking: Asking) => Refusal | undefined) => {
    const asking = ask()
    return asking === undefined ? undefined : judge(asking)
  }
  if (ask() === undefined) return undefined
  const own = ownIds(references)
  const bodies = () =>
    kind.parts(spec, statusOf(object)).map((part) => {
      const known = { resolve: resolveIn(references), status: statusOf(object) }
      return kind.body(kind.wanted(spec, part, known))
    })
  return {
    admission: () => asked((asking) => refusalOf(asking)),
    manifest: (me) =>
      asked((asking) =>
        firstOf(bodies(), (body) => actingAsUs(kind, body) ?? refusalOfBody(asking, body, { me, own })),
      ),
    // The policy that the workspace gives to every new cluster is no loan of this one's.
    body: (body, me) =>
      asked((asking) => refusalOfBody(asking, body, { me, own: new Set([...own, ...usualOf(asking)]) })),
  }
}

function firstOf<T>(all: readonly T[], judge: (one: T) => Refusal | undefined): Refusal | undefined {
  for (const one of all) {
    const refusal = judge(one)
    if (refusal !== undefined) return refusal
  }
  return undefined
}

const usualOf = ({ usualPolicy }: Asking): string[] =>
  usualPolicy === undefined ? [] : [`policies ${usualPolicy}`]

/** What is `own` needs no entry, whom we are is lent to nobody, and everything else is in a list or refused. */
function refusalOfBody(
  asking: Asking,
  body: JsonObject,
  { me, own }: { me: string; own: ReadonlySet<string> },
): Refusal | undefined {
  const borrowed = borrowedBy(body).filter(({ list, value }) => !own.has(`${list} ${value}`))
  const us = borrowed.find(({ list, value }) => list === 'runAs' && isSame(value.trim(), me))
  if (us === undefined) return refusalOf(asking, borrowed)
  return { reason: 'RunAsRequired', message: `${us.path}: ${us.value} is Lakeward itself` }
}

/** Why what was found may not be managed: an adopted object goes on doing what it does, with what it has. */
export function refusalOfAdopted(
  kind: Kind,
  lending: Lending | undefined,
  { states, me }: { states: readonly PartState[]; me: string },
): Refusal | undefined {
  if (lending === undefined) return undefined
  for (const { state } of states) {
    if (!('found' in state)) continue
    const body = state.found.lent ?? state.found.raw
    const refusal = actingAsUs(kind, body) ?? lending.body(body, me)
    if (refusal !== undefined) return { ...refusal, message: `what is to be taken up: ${refusal.message}` }
  }
  return undefined
}

function actingAsUs(kind: Kind, body: JsonObject): Refusal | undefined {
  const message = kind.actsAsMaker?.(body)
  return message === undefined ? undefined : { reason: 'RunAsRequired', message }
}

/** The session in which nothing is sent that is not lent, whatever a correction would carry along. */
export const sessionFor = (session: Session, lending: Lending | undefined): Session =>
  lending === undefined
    ? session
    : { ...session, databricks: guarded(session.databricks, (body) => lending.body(body, session.me)) }

/** Ids that stand for an object of ours in the same namespace, which passed gates of its own. */
const ownIds = (references: readonly ReferenceFact[]): ReadonlySet<string> =>
  new Set(
    references.flatMap(({ kind, target }) =>
      target?.externalId === undefined ? [] : [`${listOf[kind] ?? ''} ${target.externalId}`],
    ),
  )

const listOf: Readonly<Record<string, LendingList>> = { DatabricksCluster: 'clusters', JobSpec: 'jobs' }

/** The ids that the references of an object stand for. */
export const resolveIn =
  (references: readonly ReferenceFact[]): Resolve =>
  (kind, name) => {
    const reference = references.find((one) => one.kind === kind && one.name === name)
    if (reference?.target?.externalId === undefined)
      throw new Error(`${kind} ${name} passed its gate without an id`)
    return reference.target.externalId
  }
