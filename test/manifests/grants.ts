import { numbered, type Refusal, type Row } from './row.ts'

const schema = { type: 'schema', name: 'main.silver' }
const engineers = { principal: 'data engineers', privileges: ['USE_SCHEMA', 'SELECT'] }
const both = { securables: [schema], grants: [engineers] }

const good = (name: string, spec: object): Row => ({ name, kind: 'CatalogGrant', spec })
const bad = (name: string, spec: object, refused: Refusal): Row => ({ ...good(name, spec), refused })
const named = (type: string, name: string) => ({ ...both, securables: [{ type, name }] })
const privileged = (...privileges: unknown[]) => ({
  ...both,
  grants: [{ principal: 'analysts', privileges }],
})
const wide = (securables: number, grants: number, privileges: number) => ({
  securables: numbered(securables, (index) => ({ type: 'catalog', name: `catalog-${index}` })),
  grants: numbered(grants, (index) => ({
    principal: `group-${index}`,
    privileges: numbered(privileges, (number) => `PRIVILEGE_${number}`),
  })),
})

export const grantRows: readonly Row[] = [
  good('privileges on a schema', both),
  good('privileges on a catalog', named('catalog', 'main')),
  good('privileges on a table', named('table', 'main.silver.orders')),
  good('privileges on a volume', named('volume', 'main.bronze.landing')),
  good('a name with blanks and letters of all kinds', named('table', 'main.silver.größe der bäume')),
  good('everything said', {
    ...both,
    authority: 'Privileges',
    acceptRevocations: true,
    workspaceRef: { name: 'default' },
    management: { mode: 'Observe', deletionPolicy: 'Retain', protect: false },
  }),
  bad('no securables', { grants: [engineers] }, { at: 'spec.securables' }),
  bad('an empty list of securables', { ...both, securables: [] }, { at: 'spec.securables' }),
  bad('no grants', { securables: [schema] }, { at: 'spec.grants' }),
  bad('a type that we do not manage', named('metastore', 'x'), { at: 'spec.securables[0].type' }),
  bad('a type in capitals', named('SCHEMA', 'main.silver'), { at: 'spec.securables[0].type' }),
  bad('a catalog with the name of a schema', named('catalog', 'main.silver'), {
    at: 'spec.securables[0].name',
    says: 'must fit the type',
  }),
  bad('a schema without its catalog', named('schema', 'silver'), {
    at: 'spec.securables[0].name',
    says: 'must fit the type',
  }),
  bad('a table of four parts', named('table', 'a.b.c.d'), {
    at: 'spec.securables[0].name',
    says: 'must fit the type',
  }),
  bad('a name with an empty part', named('table', 'main..orders'), { at: 'spec.securables[0].name' }),
  bad(
    'a securable twice',
    { ...both, securables: [schema, schema] },
    {
      at: 'spec.securables[1]',
      says: 'Duplicate value',
    },
  ),
  good('one name for two types', {
    ...both,
    securables: [
      { type: 'table', name: 'main.silver.orders' },
      { type: 'volume', name: 'main.silver.orders' },
    ],
  }),
  bad(
    'a principal twice',
    { ...both, grants: [engineers, engineers] },
    {
      at: 'spec.grants[1]',
      says: 'Duplicate value',
    },
  ),
  bad('a principal without privileges', privileged(), { at: 'spec.grants[0].privileges' }),
  bad('a privilege twice', privileged('SELECT', 'SELECT'), {
    at: 'spec.grants[0].privileges[1]',
    says: 'Duplicate value',
  }),
  bad('a privilege with a blank', privileged('USE SCHEMA'), { at: 'spec.grants[0].privileges[0]' }),
  bad('a privilege in lower case', privileged('select'), { at: 'spec.grants[0].privileges[0]' }),
  bad('a privilege by its old name', privileged('SELECT', 'USAGE'), {
    at: 'spec.grants[0].privileges[1]',
    says: 'is an old name',
  }),
  good('a privilege that we do not know', privileged('TELEPORT')),
  bad('an authority that does not exist yet', { ...both, authority: 'Securable' }, { at: 'spec.authority' }),
  bad(
    'a deletion policy for jobs only',
    { ...both, management: { deletionPolicy: 'Retire' } },
    { at: 'spec.management.deletionPolicy' },
  ),
  bad(
    'an id, which a grant does not have',
    { ...both, management: { externalId: 'x' } },
    {
      at: 'spec.management.externalId',
      says: 'unknown field',
    },
  ),
  good('as many claims as the status holds', wide(50, 10, 10)),
  bad('more claims than the status holds', wide(51, 10, 10), { at: 'spec', says: 'must be at most 5000' }),
]
