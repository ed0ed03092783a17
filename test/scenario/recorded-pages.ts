import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'vitest'

const docs = join(import.meta.dirname, '../../docs')

/** A block of a page that a run has written, below a comment with its name. */
const block = /<!-- kubectl: (?<name>[a-z-]+) -->\n```\n(?<text>[\s\S]*?)```\n/g

/**
 * Holds a page to what was recorded: each of its blocks shows that, and all that was recorded is on the page. With
 * `UPDATE=1` it is written into the page instead.
 */
export async function holdPage(name: string, recorded: ReadonlyMap<string, string>): Promise<void> {
  const path = join(docs, name)
  const text = await readFile(path, 'utf8')
  const held = text.replaceAll(
    block,
    (_, name: string) => `<!-- kubectl: ${name} -->\n\`\`\`\n${recorded.get(name) ?? ''}\`\`\`\n`,
  )
  if (process.env['UPDATE'] === '1') await writeFile(path, held)
  else expect(text).toBe(held)
  const names = [...text.matchAll(block)].map(({ groups }) => groups?.['name'])
  expect(new Set(names)).toEqual(new Set(recorded.keys()))
}
