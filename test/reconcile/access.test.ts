import { describe, expect, it } from 'vitest'
import type { AccessEntry } from '../../src/kinds/workspace/access.ts'
import { refusalOf, type Asking } from '../../src/reconcile/access.ts'
import type { Borrowed } from '../../src/reconcile/borrowed.ts'

const red: AccessEntry = { namespaces: { names: ['red'] } }

const asking = (changes: Partial<Asking> = {}): Asking => ({
  workspace: 'data/default',
  entries: [red],
  namespace: 'red',
  labels: {},
  kind: 'JobSpec',
  adopts: false,
  ...changes,
})

const borrowed = (list: Borrowed['list'], value: string, type?: string): Borrowed => ({
  list,
  value,
  path: 'tasks[a].x',
  ...(type === undefined ? {} : { type }),
})

/** What an entry for `red` gives, besides being there. */
const gives = (entry: Partial<AccessEntry>): AccessEntry => ({ ...red, ...entry })

const admitted: [string, Partial<Asking>, Borrowed[]?][] = [
  ['a namespace by its name', {}],
  ['a namespace by one of several entries', { entries: [{ namespaces: { names: ['blue'] } }, red] }],
  [
    'a namespace by a label',
    {
      entries: [{ namespaces: { selector: { matchLabels: { lake: 'yes' } } } }],
      labels: { lake: 'yes', a: 'b' },
    },
  ],
  ['any namespace', { entries: [{ namespaces: { selector: { matchLabels: {} } } }] }],
  [
    'a namespace that is named, though not selected',
    { entries: [{ namespaces: { names: ['red'], selector: { matchLabels: { lake: 'yes' } } } }] },
  ],
  ['a cluster without its kind being listed', { kind: 'DatabricksCluster' }],
  ['a grant whose kind is listed', { kind: 'CatalogGrant', entries: [gives({ kinds: ['CatalogGrant'] })] }],
  ['adoption', { adopts: true, entries: [gives({ adopt: true })] }],
  [
    'what each list names',
    {
      entries: [
        gives({
          runAs: [{ userName: 'ana@example.com' }, { servicePrincipalName: 'a-1' }, { groupName: 'team' }],
          policies: ['ABC'],
          instanceProfiles: ['arn:1'],
          serviceAccounts: ['jobs@p'],
          secretScopes: ['red'],
          clusters: ['0923-1'],
          jobs: ['9007199254740995'],
        }),
      ],
    },
    [
      borrowed('runAs', 'ana@example.com', 'userName'),
      borrowed('runAs', 'a-1', 'servicePrincipalName'),
      borrowed('runAs', 'team', 'groupName'),
      borrowed('runAs', 'team'),
      borrowed('policies', 'ABC'),
      borrowed('instanceProfiles', 'arn:1'),
      borrowed('serviceAccounts', 'jobs@p'),
      borrowed('secretScopes', 'red'),
      borrowed('clusters', '0923-1'),
      borrowed('jobs', '9007199254740995'),
    ],
  ],
  [
    'names of principals and scopes in another case',
    { entries: [gives({ runAs: [{ userName: 'Ana@Example.com' }], secretScopes: ['Red'] })] },
    [borrowed('runAs', 'ana@example.COM', 'userName'), borrowed('secretScopes', 'rED')],
  ],
  [
    'a securable and all that lies in it, in any case',
    {
      entries: [
        gives({
          securables: [
            { type: 'schema', name: 'Main.silver' },
            { type: 'catalog', name: 'red' },
          ],
        }),
      ],
    },
    [
      borrowed('securables', 'main.SILVER', 'schema'),
      borrowed('securables', 'main.silver.orders', 'table'),
      borrowed('securables', 'main.silver.files', 'volume'),
      borrowed('securables', 'red', 'catalog'),
      borrowed('securables', 'red.a', 'schema'),
      borrowed('securables', 'red.a.b', 'table'),
    ],
  ],
  [
    'what the second of two entries gives',
    { entries: [red, gives({ policies: ['ABC'] })] },
    [borrowed('policies', 'ABC')],
  ],
]

describe('a workspace of another namespace admits', () => {
  it.each(admitted)('%s', (_what, changes, what = []) => {
    expect(refusalOf(asking(changes), what)).toBeUndefined()
  })
})

const everything: Borrowed[] = [
  borrowed('runAs', 'ana@example.com', 'userName'),
  borrowed('policies', 'ABC'),
  borrowed('instanceProfiles', 'arn:1'),
  borrowed('serviceAccounts', 'jobs@p'),
  borrowed('secretScopes', 'red'),
  borrowed('clusters', '0923-1'),
  borrowed('jobs', '7'),
  borrowed('securables', 'main', 'catalog'),
]

const refused: [what: string, asking: Partial<Asking>, borrowed: Borrowed[], says: RegExp][] = [
  ['everybody when nothing is said', { entries: [] }, [], /namespace red.*access\[\]\.namespaces/],
  ['a namespace that is not named', { namespace: 'blue' }, [], /namespace blue.*access\[\]\.namespaces/],
  ['a namespace whose name only begins alike', { namespace: 'red-2' }, [], /namespace red-2/],
  [
    'a namespace without the label',
    { entries: [{ namespaces: { selector: { matchLabels: { lake: 'yes' } } } }] },
    [],
    /namespace red/,
  ],
  [
    'a namespace with another value of the label',
    { entries: [{ namespaces: { selector: { matchLabels: { lake: 'yes' } } } }], labels: { lake: 'no' } },
    [],
    /namespace red/,
  ],
  [
    'a namespace with one of two labels',
    {
      entries: [{ namespaces: { selector: { matchLabels: { lake: 'yes', a: 'b' } } } }],
      labels: { lake: 'yes' },
    },
    [],
    /namespace red/,
  ],
  ['a grant unless its kind is listed', { kind: 'CatalogGrant' }, [], /CatalogGrant.*access\[\]\.kinds/],
  [
    'a job where only clusters are listed',
    { entries: [gives({ kinds: ['DatabricksCluster'] })] },
    [],
    /JobSpec.*access\[\]\.kinds/,
  ],
  ['adoption unless it is given', { adopts: true }, [], /externalId.*access\[\]\.adopt/],
  ['adoption that is refused', { adopts: true, entries: [gives({ adopt: false })] }, [], /access\[\]\.adopt/],
  [
    'a principal of another type',
    { entries: [gives({ runAs: [{ groupName: 'ana@example.com' }] })] },
    [borrowed('runAs', 'ana@example.com', 'userName')],
    /ana@example\.com/,
  ],
  [
    'a member that no principal has',
    { entries: [gives({ runAs: [{ userName: 'ana@example.com' }] })] },
    [borrowed('runAs', 'ana@example.com', 'newKindOfName')],
    /ana@example\.com/,
  ],
  [
    'a policy in another case',
    { entries: [gives({ policies: ['abc'] })] },
    [borrowed('policies', 'ABC')],
    /access\[\]\.policies/,
  ],
  [
    'a securable around the one that is listed',
    { entries: [gives({ securables: [{ type: 'schema', name: 'main.silver' }] })] },
    [borrowed('securables', 'main', 'catalog')],
    /catalog main is not lent/,
  ],
  [
    'a securable whose name only begins alike',
    { entries: [gives({ securables: [{ type: 'schema', name: 'main.silver' }] })] },
    [borrowed('securables', 'main.silver2.orders', 'table')],
    /table main\.silver2\.orders/,
  ],
  [
    'what is no part of a catalog, whatever its name',
    { entries: [gives({ securables: [{ type: 'catalog', name: 'main' }] })] },
    [borrowed('securables', 'main.x', 'external_location')],
    /external_location main\.x/,
  ],
  [
    'a table of the name of a volume',
    { entries: [gives({ securables: [{ type: 'volume', name: 'a.b.c' }] })] },
    [borrowed('securables', 'a.b.c', 'table')],
    /table a\.b\.c/,
  ],
  [
    'what two entries give only together',
    { entries: [gives({ policies: ['ABC'] }), gives({ jobs: ['7'] })] },
    [borrowed('policies', 'ABC'), borrowed('jobs', '7')],
    /is not lent to namespace red/,
  ],
  [
    'what an entry for others gives',
    { entries: [red, { namespaces: { names: ['blue'] }, policies: ['ABC'] }] },
    [borrowed('policies', 'ABC')],
    /access\[\]\.policies/,
  ],
  [
    'what an entry without adoption gives to an adopted object',
    { adopts: true, entries: [gives({ policies: ['ABC'] }), gives({ adopt: true })] },
    [borrowed('policies', 'ABC')],
    /access\[\]\.policies/,
  ],
]

describe('a workspace of another namespace refuses', () => {
  it.each(refused)('%s', (...[, changes, borrowed, says]) => {
    expect(refusalOf(asking(changes), borrowed)).toEqual({
      reason: 'AccessDenied',
      message: expect.stringMatching(says) as string,
    })
  })

  it.each(everything.map((one) => [one.list, one] as const))('%s that it does not list', (list, one) => {
    expect(refusalOf(asking(), [one])).toEqual({
      reason: 'AccessDenied',
      message: expect.stringMatching(
        new RegExp(`^tasks\\[a\\]\\.x: .*is not lent to namespace red: spec\\.access\\[\\]\\.${list} of`),
      ) as string,
    })
  })
})

describe('a refusal', () => {
  it('tells nothing of what is given to others', () => {
    const entries = [
      gives({ policies: ['SECRET-PLAN'], jobs: ['1'] }),
      gives({ runAs: [{ groupName: 'kings' }] }),
    ]
    for (const one of everything) {
      const message = refusalOf(asking({ entries }), [one])?.message ?? ''
      expect(message).not.toMatch(/SECRET-PLAN|kings|blue/)
    }
  })

  it('is about the entry that lacks least', () => {
    const entries = [red, gives({ jobs: ['7'] })]
    expect(
      refusalOf(asking({ entries }), [borrowed('jobs', '7'), borrowed('policies', 'ABC')])?.message,
    ).toMatch(/ABC is not lent/)
  })

  it('is bounded, whatever the manifest says', () => {
    const message = refusalOf(asking(), [borrowed('secretScopes', 'x'.repeat(100_000))])?.message ?? ''
    expect(message.length).toBeLessThan(1_000)
  })
})
