import { seedContent } from '../../src/simulator/seed-content.ts'
import type { World } from './world.ts'

/** What a page shows in the place of what differs from run to run. */
const shown = {
  namespace: 'data',
  host: 'https://dbc-1234abcd-5678.cloud.databricks.com',
  request: '7764e052-48c5-4728-b8fd-520dbee693b0',
  address: '203.0.113.7:443',
  instant: '2026-11-25T09:30:00Z',
  age: '5m',
  mark: '7d3c1e94-0b5f2a6c8e1d4f7093ab5c2e',
}

const hour = 3_600_000
const oneWeek = 7 * 24 * hour

/**
 * What people type and kubectl answers, as pages of docs/ show it. What differs from run to run (names of
 * namespaces, ids, hashes, instants, ages) is the same in every run.
 *
 * Every line says the namespace, as the commands do that messages name: `-n data` is put there when none is given.
 */
export class Transcript {
  readonly #world: World
  readonly #blocks = new Map<string, string[]>()
  /** What stands for an id or a hash, in order of first appearance. */
  readonly #standIns = new Map<string, string>()

  constructor(world: World) {
    this.#world = world
  }

  /** The text of each block by its name. */
  get blocks(): ReadonlyMap<string, string> {
    return new Map([...this.#blocks].map(([name, parts]) => [name, parts.join('')]))
  }

  /** Types a line after `kubectl` and notes what is answered, also when that is a refusal. */
  async types(block: string, line: string): Promise<void> {
    const typed = inNamespace(line)
    const { stdout, stderr } = await this.#world.kubernetes.tryKubectl(wordsOf(this.#forThisRun(typed)))
    this.#note(block, `$ kubectl ${typed}\n${aligned(stdout || stderr, (text) => this.#stable(text))}`)
  }

  /** The row of an object, such as `jobspec nightly`, and what one of its conditions says. */
  async explains(block: string, object: string, condition = 'Ready'): Promise<void> {
    await this.types(block, `get ${object}`)
    await this.says(block, object, condition)
  }

  /** What one of an object's conditions says. */
  async says(block: string, object: string, condition: string): Promise<void> {
    const path = `{.status.conditions[?(@.type=="${condition}")].message}`
    await this.types(block, `get ${object} -o jsonpath='${path}'`)
  }

  /** Some members of an object's status, as YAML; `…` stands for what is left out. */
  async shows(block: string, object: string, ...members: string[]): Promise<void> {
    const line = `get ${object.replace('/', ' ')} -o yaml`
    const text = await this.#world.kubernetes.kubectl(wordsOf(line))
    const excerpt = statusOf(text).filter((member) => members.includes(member.split(':', 1)[0] ?? ''))
    const yaml = excerpt.map((member) => `  ${member}`).join('\n')
    this.#note(block, `$ kubectl ${inNamespace(line)}\n…\nstatus:\n${this.#stable(yaml)}\n`)
  }

  /** What a page shows in the place of an id or a hash that was shown before. */
  standsFor(what: string): string {
    return this.#standIns.get(what) ?? what
  }

  #note(block: string, text: string): void {
    this.#blocks.set(block, [...(this.#blocks.get(block) ?? []), text])
  }

  /** The line with what stands for something replaced by what it stands for. */
  #forThisRun(line: string): string {
    const known = [...this.#standIns].reduce((so, [from, to]) => so.replaceAll(to, from), line)
    return known.replaceAll(`-n ${shown.namespace}`, `-n ${this.#world.namespace}`)
  }

  #stable(text: string): string {
    const { namespace } = this.#world
    for (const [, hash = ''] of JSON.stringify(this.#world.everythingSeen()).matchAll(
      /"hash":"([0-9a-f]{10})"/g,
    ))
      if (text.includes(hash)) this.#standIn(hash, (count) => `b48c3a65${10 + count}`)
    for (const [id] of text.matchAll(/\b[1-9]\d{12,18}\b/g))
      if (!id.startsWith(seedContent.workspaceId.slice(0, 5)))
        this.#standIn(id, (count) => `5756969490452942${10 + count}`)
    for (const [id] of text.matchAll(/\b\d{4}-\d{6}-[a-z0-9]{8}\b/g))
      this.#standIn(id, (count) => `1125-093000-spark${String(count).padStart(3, '0')}`)
    const known = [...this.#standIns].reduce((so, [from, to]) => so.replaceAll(from, to), text)
    return known
      .replaceAll(namespace, shown.namespace)
      .replaceAll(/http:\/\/127\.0\.0\.1:\d+/g, shown.host)
      .replaceAll(/\b127\.0\.0\.1:\d+/g, shown.address)
      .replaceAll(/\b[0-9a-f]{8}-[0-9a-f]{24}\b/g, shown.mark)
      .replaceAll(/\(request [\da-f-]{36}\)/g, `(request ${shown.request})`)
      .replaceAll(/\b20\d\d-\d\d-\d\dT[\d:]+(\.\d+)?Z/g, shownInstant)
      .replaceAll(/\bover \d+[smh]\d*s?\b/g, `over ${shown.age}`)
  }

  #standIn(what: string, make: (count: number) => string): void {
    if (!this.#standIns.has(what)) this.#standIns.set(what, make(this.#standIns.size))
  }
}

/** An instant of this run, as many whole hours from now as it is; one that a manifest names is far from that. */
function shownInstant(instant: string): string {
  const away = Date.parse(instant) - Date.now()
  if (Math.abs(away) > oneWeek) return instant
  const there = Date.parse(shown.instant) + Math.round(away / hour) * hour
  return new Date(there).toISOString().replace('.000', '')
}

/** A line with the namespace behind what it is about, where the commands in our messages have it. */
function inNamespace(line: string): string {
  if (/ -n /.test(line)) return line
  const words = line.split(' ')
  const end = words.findIndex((word) => word.startsWith('-') || word.includes('='))
  return words.toSpliced(end === -1 ? words.length : end, 0, `-n ${shown.namespace}`).join(' ')
}

/** The words of a line, of which some are quoted. */
const wordsOf = (line: string): string[] =>
  [...line.matchAll(/(?:'[^']*'|[^\s'])+/g)].map(([word]) => word.replaceAll("'", ''))

/** The members of a status as kubectl prints them, without what only programs read of conditions. */
const statusOf = (text: string): string[] =>
  text
    .slice(text.indexOf('\nstatus:\n') + '\nstatus:\n'.length)
    .replaceAll(/^ {2}- lastTransitionTime: .*\n {4}/gm, '  - ')
    .replaceAll(/^ {4}observedGeneration: .*\n/gm, '')
    .trimEnd()
    .split(/^ {2}(?=\w)/m)
    .map((member) => member.trimEnd())

/** Tables of kubectl with their columns as wide as what they then hold, and with ages that do not pass. */
function aligned(text: string, stable: (text: string) => string): string {
  const parts = text.trimEnd().split('\n\n')
  return `${parts.map((part) => (isTable(part) ? alignedTable(part, stable) : stable(part))).join('\n\n')}\n`
}

const isTable = (text: string): boolean => /^(NAME|LAST SEEN) +/.test(text)

function alignedTable(text: string, stable: (text: string) => string): string {
  const [head = '', ...lines] = text.split('\n')
  // At least two spaces are between two columns; a name may hold one.
  const columns = [...head.matchAll(/\S+(?: \S+)*/g)].map(({ 0: name, index }) => ({ name, index }))
  const rows = lines.map((line) =>
    columns.map(({ name, index }, at) => {
      const cell = line.slice(index, columns[at + 1]?.index).trim()
      return name === 'AGE' || name === 'LAST SEEN' ? shown.age : stable(cell)
    }),
  )
  const cells = [columns.map(({ name }) => name), ...rows]
  const widths = columns.map((_, at) => Math.max(...cells.map((row) => row[at]?.length ?? 0)))
  const padded = cells.map((row) => row.map((cell, at) => cell.padEnd(widths[at] ?? 0)))
  return padded.map((row) => row.join('   ').trimEnd()).join('\n')
}
