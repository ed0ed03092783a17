import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'vitest'

const docs = join(import.meta.dirname, '../../docs')

/** A block of a page that a run has written, below a comment with its name; a name may begin with that of a story. */
const block = /<!-- kubectl: (?<name>[a-z/-]+) -->\n```\n(?<text>[\s\S]*?)```\n/g

/**
 * Holds a page to what was recorded: each of its blocks shows that, and all that was recorded is on the page. With
 * `UPDATE=1` it is written into the page instead. A page may be told by several files; each but the first has a story,
 * whose name its blocks have before a slash on the page.
 */
export async function holdPage(
  page: string,
  recorded: ReadonlyMap<string, string>,
  story?: string,
): Promise<void> {
  const path = join(docs, page)
  const own = new Map(
    [...recorded].map(([name, text]) => [story === undefined ? name : `${story}/${name}`, text]),
  )
  const isOwn = (name: string) => (name.includes('/') ? name.split('/', 1)[0] : undefined) === story
  const text = await readFile(path, 'utf8')
  const held = text.replaceAll(block, (as, name: string) =>
    isOwn(name) ? `<!-- kubectl: ${name} -->\n\`\`\`\n${own.get(name) ?? ''}\`\`\`\n` : as,
  )
  if (process.env['UPDATE'] === '1') await writeFile(path, held)
  else expect(text).toBe(held)
  const names = [...text.matchAll(block)].map(({ groups }) => groups?.['name'] ?? '')
  expect(new Set(names.filter(isOwn))).toEqual(new Set(own.keys()))
}
