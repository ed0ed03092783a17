import { z } from 'zod'

import { objectColumns } from '../columns.ts'
import { managementSchemas, placeRules, workspaceRefSchema } from '../management.ts'
import { defineResource } from '../resource.ts'
import { type Rule, withRules } from '../rule.ts'
import { choice, flag, keyedList, object, openEnum, orderedList, setOf, text } from '../shape.ts'
import { claimSchema, statusFrame } from '../status.ts'

/** How many parts the full name of a securable has. Names in Unity Catalog hold no dots. */
const parts = { catalog: 1, schema: 2, table: 3, volume: 3 } as const

const nameFitsType: Rule<{ type: keyof typeof parts; name: string }> = {
  rule: `self.name.split('.').size() == {${Object.entries(parts)
    .map(([type, count]) => `'${type}': ${count}`)
    .join(', ')}}[self.type]`,
  message:
    'the full name must fit the type: catalog for a catalog, catalog.schema for a schema, catalog.schema.name for a table or a volume',
  fieldPath: '.name',
  holds: ({ type, name }) => name.split('.').length === parts[type],
}

const securable = withRules(
  object('One thing that privileges are granted on.', {
    type: choice('What it is. A view is a table.', ['catalog', 'schema', 'table', 'volume']),
    name: text('Full name, such as main.silver.orders.', {
      min: 1,
      max: 768,
      pattern: /^[^.]+([.][^.]+)*$/,
    }),
  }),
  [nameFitsType],
)

/** Databricks still takes these and answers with others, so they would differ for ever. */
const notOutdated: Rule<string> = {
  rule: "!(self in ['USAGE', 'CREATE'])",
  message:
    'is an old name that Databricks turns into another: write USE_CATALOG or USE_SCHEMA for USAGE, and CREATE_SCHEMA, CREATE_TABLE and the like for CREATE',
  holds: (privilege) => privilege !== 'USAGE' && privilege !== 'CREATE',
}

const privilege = withRules(
  openEnum('A privilege in capitals with underscores, such as USE_SCHEMA, SELECT or ALL_PRIVILEGES.'),
  [notOutdated],
)

const grant = object('What one principal gets on every securable.', {
  principal: text('E-mail of a user, name of an account group, or application id of a service principal.', {
    min: 1,
    max: 256,
  }),
  privileges: setOf('The privileges; at least one.', privilege, { min: 1, max: 32 }),
})

/** What is compared: who holds what, securable by securable. */
export const comparedGrants = z.object({
  securables: z.array(z.object({ ...securable.shape, grants: z.array(z.object({ ...grant.shape })) })),
})

/** The status records each privilege that we added, and has room for so many. */
const mostClaims = 5000

const boundedClaims: Rule<{ securables: unknown[]; grants: { privileges: unknown[] }[] }> = {
  rule: `self.securables.size() * self.grants.map(grant, grant.privileges.size()).sum() <= ${mostClaims}`,
  message: `securables times privileges must be at most ${mostClaims}: split it into several CatalogGrants`,
  holds: ({ securables, grants }) =>
    securables.length * grants.reduce((sum, { privileges }) => sum + privileges.length, 0) <= mostClaims,
}

const spec = withRules(
  object('Privileges on Unity Catalog securables.', {
    securables: keyedList('What the privileges are granted on.', securable, {
      keys: ['type', 'name'],
      min: 1,
      max: 100,
    }),
    grants: keyedList('Who gets what, on each of the securables.', grant, {
      keys: ['principal'],
      min: 1,
      max: 100,
    }),
    authority: choice(
      'How far the manifest reaches. Privileges: exactly the pairs of principal and privilege it names; everything else is left alone. Default: Privileges.',
      ['Privileges'],
    ).optional(),
    acceptRevocations: flag(
      'Revoke, without approval, also privileges that Lakeward did not grant. Default: false.',
    ).optional(),
    workspaceRef: workspaceRefSchema,
    management: managementSchemas.CatalogGrant(Object.keys(comparedGrants.shape)),
  }),
  [boundedClaims],
)

const status = z.object({
  ...statusFrame,
  added: orderedList(
    'The privileges that Lakeward added; only these are revoked when the manifest goes.',
    claimSchema,
    { max: mostClaims },
  ).optional(),
})

/** Grants have no id and no page of their own. */
const columns = objectColumns.filter(({ name }) => name !== 'ID' && name !== 'URL')

/** The kind CatalogGrant: its schema, rules and columns. */
export const catalogGrant = defineResource({
  kind: 'CatalogGrant',
  plural: 'cataloggrants',
  shortNames: ['dbg'],
  description: 'Privileges on Unity Catalog securables, kept as the manifest says.',
  spec,
  status,
  rules: placeRules,
  columns,
})

/** `spec` of a CatalogGrant that fits its schema. */
export type CatalogGrantSpec = z.output<typeof spec>
