import type { KubeObject } from '../../kube/object.ts'
import type { Mark } from '../../reconcile/mark.ts'
import { markKey } from '../mark.ts'
import { memberIn } from '../readable.ts'
import { parseSpec } from '../parse-spec.ts'
import { mostUnapproved } from './deletions.ts'
import { databricksWorkspace, type DatabricksWorkspaceSpec } from './schema.ts'

/** What a workspace says about the objects that live in it. */
export type Terms = Pick<DatabricksWorkspaceSpec, 'access' | 'defaults' | 'deletionGuard' | 'mark'>

const known = new WeakMap<KubeObject, Terms>()

/**
 * The terms of a workspace as its manifest stands now, worked out once for each copy. They are read from the
 * manifest and not from what its loop made of it: what was withdrawn a moment ago must not be lent any more.
 * A manifest that cannot be read gives nothing to anybody.
 */
export function termsOf(workspace: KubeObject | undefined): Terms {
  if (workspace === undefined) return {}
  const before = known.get(workspace)
  if (before !== undefined) return before
  const parsed = parseSpec(databricksWorkspace, workspace.spec)
  const terms = parsed.is === 'Valid' ? parsed.spec : unreadable(workspace.spec)
  known.set(workspace, terms)
  return terms
}

/** Whatever else cannot be read: what was to be kept is not deleted for that, nor more of the rest at once. */
function unreadable(spec: unknown): Terms {
  const policy = memberIn(memberIn(spec, 'defaults'), 'deletionPolicy')
  const guard = memberIn(spec, 'deletionGuard')
  const isGuard = typeof guard === 'number' && guard >= 0 && guard <= mostUnapproved
  return {
    ...(policy === undefined || policy === 'Delete' ? {} : { defaults: { deletionPolicy: 'Retain' } }),
    ...(guard === undefined ? {} : { deletionGuard: isGuard ? guard : 0 }),
  }
}

/** By which tag the workspace wants us to know what we make of a kind. */
export function markKeyOf({ mark }: Terms, of: 'clusters' | 'jobs'): Mark['key'] {
  const key = mark?.[of] ?? markKey
  return key === 'None' ? undefined : key
}
