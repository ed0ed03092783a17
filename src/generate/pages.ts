import { rights } from '../databricks/rights.ts'
import { reasons } from '../reconcile/reasons.ts'
import { policies } from './policies.ts'
import { type Role, roles } from './roles.ts'

const written = (from: string): string => `<!-- Written by "npm run generate" from ${from}. -->\n`

/** What Lakeward has to be allowed in Databricks, and who may do what in Kubernetes. */
export const rightsPage = (): string =>
  page(
    'Rights',
    'src/databricks/rights.ts, src/generate/roles.ts and src/generate/policies.ts',
    '## In Databricks',
    `What the identity of a DatabricksWorkspace (\`status.identity\`) needs for each thing that Lakeward does. A right that is missing stalls the objects that need it, with the reason \`Forbidden\` and these words; the others go on.

It is enough to give what your manifests use: an identity that only keeps jobs needs nothing on clusters or catalogs, and nothing needs a workspace admin unless the table says so. Whatever Lakeward creates belongs to it, so that the rights on single jobs and clusters matter for adopted ones only.`,
    table(
      ['To …', 'call', 'it needs', 'which can be given by'],
      rights.map(({ doing, call, needs, from }) => [
        doing,
        call === '{any}' ? 'any' : `\`${call}\``,
        needs,
        from,
      ]),
    ),
    '## In Kubernetes',
    'The ClusterRoles as `lakeward control-plane` installs them; the chart puts the name of the release in the place of `lakeward`.',
    table(['role', 'gives', 'on', 'why'], roles.flatMap(rowsOfRole)),
    'What no role can say is refused by a ValidatingAdmissionPolicy:',
    table(
      ['policy', 'on', 'what it is for'],
      policies.map(({ name, operations, resources, description }) => [
        `\`lakeward-${name}\``,
        `${operations.join(', ')} of ${codes(resources)}`,
        description,
      ]),
    ),
  )

const codes = (names: readonly string[]): string => names.map((name) => `\`${name}\``).join(', ')

const rowsOfRole = ({ name, permissions }: Role): string[][] =>
  permissions.map(({ verbs, resources, why }) => [`\`${name}\``, codes(verbs), codes(resources), why])

/** Every reason of a condition or an event. */
export const reasonsPage = (): string =>
  page(
    'Reasons',
    'src/reconcile/reasons.ts',
    'Every word that can stand as the reason of a condition or of an event, with what it means and what to do. The message beside it has the particulars.',
    table(
      ['reason', 'meaning', 'what to do'],
      Object.entries(reasons).map(([reason, { meaning, remedy }]) => [`\`${reason}\``, meaning, remedy]),
    ),
  )

/** A generated page: from which source, its title, its parts. */
export const page = (title: string, from: string, ...parts: string[]): string =>
  [written(from), `# ${title}\n`, ...parts.map((part) => `${part}\n`)].join('\n')

const line = (cells: readonly string[]): string =>
  `| ${cells.map((cell) => cell.replaceAll('|', String.raw`\|`)).join(' | ')} |`

/** A table in Markdown; bars in cells are escaped. */
export const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
