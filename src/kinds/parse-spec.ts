import type { z } from 'zod'

import type { ResourceDefinition } from './resource.ts'

/**
 * What does not fit its schema. `path` is the manifest's: `spec.tasks[0].taskKey`. `message` never holds a value of the
 * manifest.
 */
export interface Misfit {
  path: string
  message: string
}

/** A spec that can be worked with, or what is wrong with it. */
export type ParsedSpec<Spec> = { is: 'Valid'; spec: Spec } | ({ is: 'Invalid' } & Misfit)

/**
 * Checks a stored object's spec. The API server refuses a wrong manifest when it is applied, but what was
 * stored before a schema was tightened is still there.
 */
export function parseSpec<Spec extends z.ZodObject>(
  definition: Pick<ResourceDefinition<Spec>, 'spec'>,
  spec: unknown,
): ParsedSpec<z.output<Spec>> {
  const result = definition.spec.safeParse(spec, { reportInput: true })
  return result.success
    ? { is: 'Valid', spec: result.data }
    : { is: 'Invalid', ...misfitOf(result.error, 'spec') }
}

/** What is wrong with a value that stands at a path. */
export function misfitOf({ issues }: z.ZodError, at: string): Misfit {
  const [first, ...others] = issues
  if (first === undefined) throw new Error('zod reported a failure without an issue')
  const more = others.length === 0 ? '' : ` (and ${others.length} more)`
  return { path: pathText(at, pathOf(first)), message: `${messageOf(first)}${more}` }
}

/** An unknown member is reported at its parent; people look for the member. */
function pathOf(issue: z.core.$ZodIssue): PropertyKey[] {
  return issue.code === 'unrecognized_keys' ? [...issue.path, ...issue.keys.slice(0, 1)] : issue.path
}

function messageOf(issue: z.core.$ZodIssue): string {
  if (issue.code === 'unrecognized_keys') return 'unknown field'
  const absent = issue.code === 'invalid_type' || issue.code === 'invalid_value'
  if (absent && issue.input === undefined) return 'is required'
  return issue.message
}

function pathText(at: string, path: readonly PropertyKey[]): string {
  return path.reduce<string>(
    (text, key) => (typeof key === 'number' ? `${text}[${key}]` : `${text}.${String(key)}`),
    at,
  )
}
