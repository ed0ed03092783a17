import type { z } from 'zod'

import { type Rule, withRules } from '../rule.ts'
import { runAs } from '../run-as.ts'
import { choice, flag, mapOf, object, objectName, orderedList, setOf, text } from '../shape.ts'

const selector = object('Labels that a namespace must have, all of them.', {
  matchLabels: mapOf('Labels with their values.', { maxEntries: 16, maxValue: 63 }),
})

const namespaces = withRules(
  object(
    'Whose objects the entry is for. A namespace that is named or selected is meant; at least one way.',
    {
      names: setOf('Namespaces by name.', objectName('Name of a namespace.'), { max: 256 }).optional(),
      selector: selector.optional(),
    },
  ),
  [
    {
      rule: 'has(self.names) || has(self.selector)',
      message: 'set names or selector: an entry for no namespace gives nobody access',
      holds: ({ names, selector }) => names !== undefined || selector !== undefined,
    } satisfies Rule<{ names?: string[] | undefined; selector?: object | undefined }>,
  ],
)

const listOf = (description: string, item: string) =>
  setOf(description, text(item, { min: 1, max: 1024 }), { max: 256 }).optional()

/** What objects of other namespaces may do through a workspace. What an entry does not list, it does not give. */
export const access = orderedList(
  'Who besides the namespace of this manifest may use the workspace, and for what. An object may do what any one entry for its namespace allows. What borrows rights of somebody else has to be listed.',
  object('What the objects of some namespaces may do.', {
    namespaces,
    kinds: setOf(
      'Which kinds they may make. Default: JobSpec and DatabricksCluster.',
      text('JobSpec, DatabricksCluster or CatalogGrant.', {
        min: 1,
        max: 32,
        pattern: /^(JobSpec|DatabricksCluster|CatalogGrant)$/,
      }),
      { max: 3 },
    ).optional(),
    adopt: flag(
      'Whether they may take up existing objects with management.externalId. Default: false.',
    ).optional(),
    runAs: orderedList(
      'As whom their jobs may run and whose dedicated clusters they may make. A job has to name one of them.',
      runAs('One principal.'),
      { max: 256 },
    ).optional(),
    securables: orderedList(
      'On which securables of Unity Catalog, and on all that lies in them, they may grant privileges.',
      object('A securable.', {
        type: choice('What it is. A view is a table.', ['catalog', 'schema', 'table', 'volume']),
        name: text('Full name, such as main.silver.', { min: 1, max: 768, pattern: /^[^.]+([.][^.]+)*$/ }),
      }),
      { max: 256 },
    ).optional(),
    policies: listOf('Cluster policies they may name, by policy_id.', 'A policy_id.'),
    instanceProfiles: listOf('AWS instance profiles that their clusters may have.', 'An ARN.'),
    serviceAccounts: listOf(
      'Google service accounts that their clusters may have.',
      'E-mail address of a service account.',
    ),
    secretScopes: listOf('Secret scopes that {{secrets/SCOPE/KEY}} may refer to.', 'Name of a secret scope.'),
    clusters: listOf('Existing clusters that their tasks may use, by cluster_id.', 'A cluster_id.'),
    jobs: listOf('Existing jobs that their tasks may run, by job_id.', 'A job_id as a string of digits.'),
  }),
  { max: 64 },
)

/** One entry of `spec.access`: to whom the workspace lends what. What an entry does not list is not lent. */
export type AccessEntry = z.output<typeof access>[number]
