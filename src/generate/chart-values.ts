import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'

const chart = join(import.meta.dirname, '../../charts/lakeward')
const begin = '<!-- The table is written by "npm run generate" from values.yaml and values.schema.json. -->'
const end = '<!-- The end of the table. -->'

/** The parts of JSON Schema that the chart's schema describes its values with. */
interface Schema {
  readonly description?: string
  readonly properties?: Readonly<Record<string, Schema>>
}

/** The chart's README as it should be: what people wrote, with the table of all values as they are now. */
export function chartReadme(): string {
  const text = read('README.md')
  const [before, after] = [text.indexOf(begin), text.indexOf(end)]
  if (before === -1 || after === -1)
    throw new Error('charts/lakeward/README.md has lost its place for the table')
  const schema = JSON.parse(read('values.schema.json')) as Schema
  const rows = rowsOf(schema, parse(read('values.yaml')), '')
  const table = ['| value | default | meaning |', '|---|---|---|', ...rows].join('\n')
  return `${text.slice(0, before)}${begin}\n\n${table}\n\n${text.slice(after)}`
}

const read = (name: string): string => readFileSync(join(chart, name), 'utf8')

/** One row for each value; a group has a row of its own if it needs explaining. */
function rowsOf(schema: Schema, values: unknown, path: string): string[] {
  const { properties, description } = schema
  const isGroup = properties !== undefined && isMap(values)
  const own = `| \`${path}\` | ${isGroup ? '' : `\`${JSON.stringify(values)}\``} | ${description ?? ''} |`
  if (!isGroup) return [own]
  const below = Object.entries(values).flatMap(([name, value]) =>
    rowsOf(properties[name] ?? {}, value, path === '' ? name : `${path}.${name}`),
  )
  return path === '' ? below : [own, ...below]
}

const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
