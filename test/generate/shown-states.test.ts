import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { reasons, type Reason } from '../../src/reconcile/reasons.ts'

/*
 * docs/drift.md, docs/safety.md and docs/credentials.md show how each state looks that a user can meet; here is what
 * they do not show. A new reason: bring the state about in test/scenario/documents-….test.ts, put a block with its name
 * on the page and record it (`UPDATE=1 npx vitest run test/scenario/documents-`).
 */

const pages = ['drift', 'safety', 'credentials']

const notShown: Partial<Record<Reason, string>> = {
  NotLookedYet: 'lives for the moment before the first look',
  OperatorError: 'would be a bug of ours',
}

const block = /<!-- kubectl: (?<name>\S+) -->\n```\n(?<text>[\s\S]*?)```\n/g

const blocksOf = async (page: string) =>
  [...(await readFile(join(import.meta.dirname, '../../docs', `${page}.md`), 'utf8')).matchAll(block)].map(
    ({ groups }) => ({ name: groups?.['name'] ?? '', text: groups?.['text'] ?? '' }),
  )

/** Where kubectl prints a reason: as a member in YAML, or alone in a cell of a table. */
const printed = /(?:reason: | {3})(?<reason>\w+)(?= {3}|$)/gm

it('shows on one of the pages every reason but those named here', async () => {
  const blocks = (await Promise.all(pages.map(blocksOf))).flat()
  const shown = new Set(
    blocks.flatMap(({ text }) => [...text.matchAll(printed)].map(({ groups }) => groups?.['reason'] ?? '')),
  )
  const missing = Object.keys(reasons).filter((reason) => !shown.has(reason))
  expect(missing.toSorted()).toEqual(Object.keys(notShown).toSorted())
})

it.each(pages)('has a file that records each block of docs/%s.md', async (page) => {
  const stories = new Set(
    (await blocksOf(page)).map(({ name }) => (name.includes('/') ? `-${name.split('/', 1)[0] ?? ''}` : '')),
  )
  for (const story of stories)
    await readFile(join(import.meta.dirname, `../scenario/documents-${page}${story}.test.ts`))
})
