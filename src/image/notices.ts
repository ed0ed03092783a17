import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'

/** What a package says of itself; old ones have a list of licences. */
const manifestSchema = z.object({
  name: z.string(),
  version: z.string(),
  license: z.string().optional(),
  licenses: z.array(z.object({ type: z.string() })).optional(),
})

const packageOf = /^.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+(?=[\\/])/
const licenseFile = /^(licen[cs]e|copying|notice)([.-].*)?$/i
/** Some have the text of their licence at the end of their README only. */
const licenseHeading = /^#*\s*licen[cs]e\s*$/im

/** The notices that have to go along with every copy of the packages that the modules come from. */
export async function noticesOf(modules: readonly string[]): Promise<string> {
  const folders = new Set(modules.flatMap((module) => packageOf.exec(module)?.[0] ?? []))
  const notices = await Promise.all([...folders].map(noticeOf))
  return notices.toSorted().join('\n')
}

async function noticeOf(folder: string): Promise<string> {
  const manifest = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as unknown
  const { name, version, license, licenses = [] } = manifestSchema.parse(manifest)
  const terms = license ?? licenses.map(({ type }) => type).join(' or ')
  if (terms === '') throw new Error(`${name} ${version} does not say under which licence it may be passed on`)
  return `==== ${name} ${version} (${terms})\n\n${await textIn(folder)}\n`
}

async function textIn(folder: string): Promise<string> {
  const files = (await readdir(folder)).toSorted()
  const licenses = files.filter((file) => licenseFile.test(file))
  const read = (file: string) => readFile(join(folder, file), 'utf8')
  if (licenses.length > 0) return (await Promise.all(licenses.map(read))).join('\n').trim()
  const readme = files.find((file) => /^readme(\.|$)/i.test(file))
  const text = readme === undefined ? '' : await read(readme)
  const heading = licenseHeading.exec(text)
  return heading === null ? 'Its package has no text of the licence.' : text.slice(heading.index).trim()
}
