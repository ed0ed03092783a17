import { z } from 'zod'

import { contradictions } from '../kinds/combinations.ts'
import { resources } from '../kinds/resources.ts'
import { unwrapped } from '../kinds/wire.ts'
import { page, table } from './pages.ts'

/** A member of `management`, and the kinds that have it in these words. */
interface Setting {
  name: string
  description: string
  kinds: string[]
}

/** What `spec.management` can say, and what of it contradicts itself. */
export const managementPage = (): string =>
  page(
    'spec.management',
    'src/kinds/management.ts and src/kinds/combinations.ts',
    'Everything in it is optional, and the same for every kind unless a column says otherwise.',
    table(
      ['setting', 'kinds', 'what it says'],
      settings().map(({ name, description, kinds }) => [`\`${name}\``, namesOf(kinds), description]),
    ),
    '## What contradicts itself',
    'Kubernetes refuses these when the manifest is applied. Every other combination is legal.',
    table(
      ['setting', 'is refused', 'kinds', 'because'],
      contradictions.map(({ setting, when, kinds, because }) => [
        setting,
        when,
        namesOf(kinds ?? managed.map(({ kind }) => kind)),
        because,
      ]),
    ),
    `## Ignored paths

A path is spelled as \`status.drift.changes[].path\` shows it: names with dots, items of lists by their key in brackets, keys of maps that are no plain names in quotes. It means what stands there and everything below. \`*\` stands for every item of a list or every key of a map. What stands above it is not meant: \`tasks[extract].maxRetries\` says nothing about a task \`extract\` that somebody removed.

Where a path begins is checked when the manifest is applied. One that leads nowhere further down makes the object \`Stalled\` with \`InvalidSpec\`, which names the path and what was probably meant; nothing is written meanwhile. A path that leads somewhere and meets no difference is fine.

What is ignored is still created with the object, and still written when it changes in the manifest. It is not removed by \`unlisted: Correct\`, and does not keep anything beside it from being corrected. At \`until\` the object is looked at, and from then on the difference is drift like any other.`,
  )

const managed = resources.filter(({ spec: { shape } }) => shape['management'] !== undefined)

function settings(): Setting[] {
  const all = managed.flatMap(({ kind, spec }) =>
    Object.entries(membersOf(spec.shape['management'])).map(([name, member]) => ({
      kind,
      name,
      description: descriptionOf(member),
    })),
  )
  const byWords = Map.groupBy(all, ({ name, description }) => `${name} ${description}`)
  return [...byWords.values()].flatMap(([first, ...others]) =>
    first === undefined
      ? []
      : [
          {
            name: first.name,
            description: first.description,
            kinds: [first, ...others].map(({ kind }) => kind),
          },
        ],
  )
}

function membersOf(management: z.core.$ZodType | undefined): Record<string, z.core.$ZodType> {
  const schema = management === undefined ? undefined : unwrapped(management).schema
  if (!(schema instanceof z.ZodObject)) throw new Error('management is no object')
  return schema.shape
}

function descriptionOf(member: z.core.$ZodType): string {
  const { description } = unwrapped(member).meta
  return typeof description === 'string' ? description : ''
}

const namesOf = (kinds: readonly string[]): string =>
  kinds.length === managed.length ? 'all' : kinds.join(', ')
