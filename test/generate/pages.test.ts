import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { reasons } from '../../src/reconcile/reasons.ts'

const top = join(import.meta.dirname, '../..')
const read = (page: string): Promise<string> => readFile(join(top, page), 'utf8')

/** The reasons that the table at the end of a page leads on from. */
async function reasonsIn(page: string): Promise<string[]> {
  const [, table = ''] = (await read(page)).split('## Every reason')
  return [...table.matchAll(/^\| (?<cell>`[^|]*) \|/gm)].flatMap(({ groups }) =>
    [...(groups?.['cell'] ?? '').matchAll(/`(\w+)`/g)].map(([, reason = '']) => reason),
  )
}

const sorted = (names: readonly string[]) => names.toSorted((a, b) => a.localeCompare(b))

it('finds each reason on exactly one of the pages that show how states look', async () => {
  const found = [...(await reasonsIn('docs/drift.md')), ...(await reasonsIn('docs/safety.md'))]
  expect(sorted(found)).toEqual(sorted(Object.keys(reasons)))
})

it.each(['docs/drift.md', 'docs/safety.md'])(
  'leads from %s to headings and files that exist',
  async (page) => {
    const links = [...(await read(page)).matchAll(/\]\((?<to>[^)\s]+)\)/g)].map(
      ({ groups }) => groups?.['to'] ?? '',
    )
    for (const link of links.filter((one) => !one.startsWith('https:'))) {
      const [file = '', heading = ''] = link.split('#')
      const text = await read(file === '' ? page : join('docs', file))
      const headings = [...text.matchAll(/^#+ (.*)$/gm)].map(([, title = '']) => anchorOf(title))
      if (heading !== '') expect(headings, link).toContain(heading)
    }
  },
)

/** As GitHub makes it. */
const anchorOf = (title: string): string =>
  title
    .toLowerCase()
    .replaceAll(/[^\w\- ]/g, '')
    .replaceAll(' ', '-')
