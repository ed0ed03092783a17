/**
 * What can be read of objects that may not fit our schemas: stored before a schema was tightened, or by another
 * version of Lakeward. Whoever looks at objects other than the one at hand reads them through this.
 *
 * Guarantees: nothing here throws, whatever is stored; what does not fit is as if it were absent, and is named where
 * that could do harm.
 */
import { isObject } from '../databricks/json.ts'
import type { KubeObject } from '../kube/object.ts'
import type { ManagedSpec } from './kind.ts'
import type { Management } from './management.ts'
import { misfitOf, type Misfit } from './parse-spec.ts'
import type { ResourceDefinition } from './resource.ts'
import { resources } from './resources.ts'
import { identityNames, type Status } from './status.ts'

/**
 * Where a manifest says that its object lives, and what it takes for its own. Read by hand: it is asked of every object
 * that there is whenever something in a workspace changes, and a schema takes ten times as long.
 */
export function placeIn(spec: unknown): ManagedSpec {
  const { workspaceRef, management } = isObject(spec) ? spec : {}
  const { name, namespace } = isObject(workspaceRef) ? workspaceRef : {}
  const { externalId } = isObject(management) ? management : {}
  const isPlace =
    typeof name === 'string' && name !== '' && (namespace === undefined || typeof namespace === 'string')
  return {
    ...(isPlace ? { workspaceRef: namespace === undefined ? { name } : { name, namespace } } : {}),
    ...(typeof externalId === 'string' ? { management: { externalId } } : {}),
  }
}

/** A manifest that does not fit as a whole; what says where it lives and how it is treated does, or is left out. */
export function frameOf(definition: ResourceDefinition, spec: unknown): ManagedSpec {
  const { management, workspaceRef: _workspaceRef, ...others } = isObject(spec) ? spec : {}
  const isTreatedAs = misfitOfMember(definition, 'management', management) === undefined
  return { ...others, ...placeIn(spec), ...(isTreatedAs ? { management: management as Management } : {}) }
}

/** What keeps us from knowing where an object lives or how it is to be treated. */
export function misfitOfFrame(definition: ResourceDefinition, spec: unknown): Misfit | undefined {
  if (!isObject(spec)) return { path: 'spec', message: 'is required' }
  return (
    misfitOfMember(definition, 'workspaceRef', spec['workspaceRef']) ??
    misfitOfMember(definition, 'management', spec['management'])
  )
}

function misfitOfMember(
  { spec: { shape } }: ResourceDefinition,
  name: 'workspaceRef' | 'management',
  value: unknown,
): Misfit | undefined {
  const result = shape[name]?.safeParse(value, { reportInput: true })
  return result === undefined || result.success ? undefined : misfitOf(result.error, `spec.${name}`)
}

interface Legible {
  status: Status
  /** What keeps us from knowing which remote object is ours. */
  misfit?: Misfit
}

const nobodyLooked: Status = { observedGeneration: -1 }
const known = new WeakMap<KubeObject, Legible>()

/** The status of an object, as much of it as fits; worked out once for each copy. */
export function legibleStatus(object: KubeObject): Legible {
  const before = known.get(object)
  if (before !== undefined) return before
  const legible = readStatus(object)
  known.set(object, legible)
  return legible
}

function readStatus({ kind, status }: KubeObject): Legible {
  const shape = resources.find((resource) => resource.kind === kind)?.status.shape
  if (!isObject(status)) return { status: nobodyLooked }
  if (shape === undefined) return { status }
  const misfits = Object.entries(status).flatMap(([name, value]) => {
    const result = shape[name]?.safeParse(value, { reportInput: true })
    return result === undefined || result.success
      ? []
      : [{ name, misfit: misfitOf(result.error, `status.${name}`) }]
  })
  if (misfits.length === 0) return { status }
  const left = new Set(misfits.map(({ name }) => name))
  const harmful = misfits.find(({ name }) => identityNames.some((identity) => identity === name))
  return {
    status: Object.fromEntries(Object.entries(status).filter(([name]) => !left.has(name))),
    ...(harmful === undefined ? {} : { misfit: harmful.misfit }),
  }
}
