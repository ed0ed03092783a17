import type { Effects, Rule } from '../drift/rules.ts'
import type { Value } from '../drift/value.ts'
import { clusterRules } from '../kinds/cluster/fields.ts'
import { grantRules } from '../kinds/grant/fields.ts'
import { jobRules } from '../kinds/job/fields.ts'
import { page, table } from './pages.ts'

/** Every field that is not compared exactly, how it is, and why. */
export const driftRulesPage = (): string =>
  page(
    'Drift, field by field',
    'the fields.ts of each kind in src/kinds',
    `What is special about a field when a manifest is compared with Databricks, and why. What has no line here is compared exactly, where 0, false, empty and absent are one value as long as the manifest does not name the field; a list is ordered and belongs to the manifest as a whole. [drift.md](drift.md#what-counts) says what comes of it. \`[]\` is each item of a list, \`.*\` each key of a map.`,
    '## JobSpec',
    `The clusters of a job (\`jobClusters[].newCluster\`, \`tasks[].newCluster\`) are compared like a DatabricksCluster, but for \`applyPolicyDefaultValues\`: it is never read back there, so it is compared with what was last written.`,
    rulesTable(jobRules.filter(({ path }) => !/\bnewCluster\b|_task$/.test(path))),
    '## DatabricksCluster',
    rulesTable(clusterRules),
    '## CatalogGrant',
    rulesTable(grantRules),
  )

/** Fields of which the same is to be said share a line. */
function rulesTable(rules: readonly Rule[]): string {
  const lines = rules.map(({ path, reason, ...effects }) => ({
    path,
    reason,
    how: wordsFor(effects).join('; '),
  }))
  const grouped = Map.groupBy(lines, ({ reason, how }) => JSON.stringify([how, reason]))
  return table(
    ['field', 'how it is compared', 'because'],
    [...grouped.values()].map((group) => [
      group.map(({ path }) => (path === '' ? 'the whole' : `\`${path}\``)).join(', '),
      group[0]?.how ?? '',
      group[0]?.reason ?? '',
    ]),
  )
}

type Words = { readonly [Name in keyof Effects]-?: (effect: NonNullable<Effects[Name]>) => string }

const words: Words = {
  computed: () => 'never',
  writeOnly: () => 'with what was last written, since it is never read back',
  default: (values) => `not named, ${codes(values)} is nothing`,
  serverDefault: () => 'not named, whatever is found is fine',
  left: () => 'not named, it is shown and never put back',
  lasting: () => 'once it has left the manifest, Databricks may keep it: that is said',
  silentWhile: (names) => `not while ${codes(names)} is set`,
  excludedBy: (names) =>
    names.length > 3 && Array.isArray(names)
      ? 'drift while another of these fields is set'
      : `drift while ${codes(names)} is set`,
  suppliedBy: (name) => `what is added while \`${name}\` is set is its doing`,
  refilledBy: (names) => `what was read is not sent back while ${codes(names)} are set`,
  follows: (name) => `not set, it is that of \`${name}\``,
  derived: ({ from }) => `not set, what \`${from}\` brings along is fine`,
  alias: (pairs) =>
    pairs.map(([wanted, found]) => `${code(wanted)} may read back as ${code(found)}`).join(', '),
  wantedAny: (value) => `${code(value)} is whatever is found`,
  caseless: () => 'upper and lower case are one',
  numeric: () => '1, 1.0 and "1" are one',
  trailingSlash: () => 'with or without a slash at the end',
  normalise: () => 'by what it means',
  keyed: (key) => (typeof key === 'string' ? `in any order, by \`${key}\`` : 'in any order, by what it is'),
  set: () => 'in any order',
  entries: (which) => (which === 'Open' ? 'an entry more is not ours' : 'an entry more is drift'),
  unit: () => 'comes and goes as a whole',
  whole: () => 'while a part of it waits, the rest waits too',
  sensitive: () => 'shown as a hash',
  guarded: () => 'shown as a hash where the manifest does not name it',
}

function wordsFor(effects: Effects): string[] {
  const inOrder = Object.keys(words) as (keyof Effects)[]
  return inOrder.flatMap((name) => {
    const effect = effects[name]
    return effect === undefined ? [] : [(words[name] as (effect: unknown) => string)(effect)]
  })
}

const codes = (values: Value | readonly Value[]): string => [values].flat().map(code).join(' or ')

const code = (value: Value): string => `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``
