import type { z } from 'zod'

import type { ResourceDefinition } from './resource.ts'

export type ParsedSpec<Spec> =
  | { is: 'Valid'; spec: Spec }
  /** `path` is the manifest's: `spec.tasks[0].taskKey`. `message` never holds a value of the manifest. */
  | { is: 'Invalid'; path: string; message: string }

/**
 * Checks a stored object's spec. The API server refuses a wrong manifest when it is applied, but what was
 * stored before a schema was tightened is still there.
 */
export function parseSpec<Spec extends z.ZodObject>(
  definition: Pick<ResourceDefinition<Spec>, 'spec'>,
  spec: unknown,
): ParsedSpec<z.output<Spec>> {
  const result = definition.spec.safeParse(spec, { reportInput: true })
  if (result.success) return { is: 'Valid', spec: result.data }
  const [first, ...others] = result.error.issues
  if (first === undefined) throw new Error('zod reported a failure without an issue')
  const more = others.length === 0 ? '' : ` (and ${others.length} more)`
  return { is: 'Invalid', path: pathText(pathOf(first)), message: `${messageOf(first)}${more}` }
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

function pathText(path: readonly PropertyKey[]): string {
  return path.reduce<string>(
    (text, key) => (typeof key === 'number' ? `${text}[${key}]` : `${text}.${String(key)}`),
    'spec',
  )
}
