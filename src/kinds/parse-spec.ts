import { isDeepStrictEqual } from 'node:util'
import type { z } from 'zod'
import { isObject } from '../databricks/json.ts'
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

/** Of each schema, what fits it and says already what it would be read as. Nobody changes what is stored. */
const asRead = new WeakMap<z.ZodObject, WeakSet<object>>()

/**
 * Checks a stored object's spec. The API server refuses a wrong manifest when it is applied, but what was
 * stored before a schema was tightened is still there. What was found to fit once is not checked again: with many
 * objects at rest that was a third of all that was allocated.
 */
export function parseSpec<Spec extends z.ZodObject>(
  definition: Pick<ResourceDefinition<Spec>, 'spec'>,
  spec: unknown,
): ParsedSpec<z.output<Spec>> {
  if (isAsRead(definition, spec)) return { is: 'Valid', spec }
  const result = definition.spec.safeParse(spec, { reportInput: true })
  if (!result.success) return { is: 'Invalid', ...misfitOf(result.error, 'spec') }
  if (isObject(spec) && isDeepStrictEqual(result.data, spec)) remember(definition, spec)
  return { is: 'Valid', spec: result.data }
}

const isAsRead = <Spec extends z.ZodObject>(
  definition: Pick<ResourceDefinition<Spec>, 'spec'>,
  spec: unknown,
): spec is z.output<Spec> => isObject(spec) && asRead.get(definition.spec)?.has(spec) === true

function remember({ spec: schema }: Pick<ResourceDefinition, 'spec'>, spec: object): void {
  const known = asRead.get(schema) ?? new WeakSet()
  asRead.set(schema, known.add(spec))
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
