import { describe, expect, it } from 'vitest'
import { compare, type Difference } from '../../../src/drift/compare.ts'
import type { Value } from '../../../src/drift/value.ts'
import { grant } from '../../../src/kinds/grant/index.ts'
import type { CatalogGrantSpec } from '../../../src/kinds/grant/schema.ts'
import type { Claims } from '../../../src/kinds/claims.ts'
import type { Subject } from '../../../src/kinds/kind.ts'
import type { Claim } from '../../../src/kinds/status.ts'
import { aDoor } from '../../reconcile/door.ts'
import { anObject, aSession, mark } from '../../reconcile/fixtures.ts'
import { Catalog, type Change } from './catalog.ts'

const silver = 'schema main.silver'
const path = 'schema/main.silver'

const manifest = (privileges: string[], principal = 'engineers'): CatalogGrantSpec => ({
  securables: [{ type: 'schema', name: 'main.silver' }],
  grants: [{ principal, privileges }],
})

interface Given {
  catalog: Catalog
  spec: CatalogGrantSpec
  added?: Claim[]
  /** What was wanted when something was last applied; absent: nothing was. */
  last?: CatalogGrantSpec
}

const subjectOf = ({ catalog, spec, added }: Given): Subject<CatalogGrantSpec> => ({
  object: anObject(),
  spec,
  status: { observedGeneration: 1, ...(added === undefined ? {} : { added }) },
  session: aSession(aDoor((call) => catalog.answer(call)).databricks),
  mark,
})

const wantedBy = (spec: CatalogGrantSpec, subject: Subject<CatalogGrantSpec>): Value =>
  grant.wanted(spec, silver, { resolve: () => '', status: subject.status })

async function look(given: Given) {
  const subject = subjectOf(given)
  const found = await grant.observe(subject, silver)
  if (found.is === 'Missing') throw new Error(found.what)
  const wanted = wantedBy(given.spec, subject)
  const lastApplied = given.last === undefined ? {} : wantedBy(given.last, subject)
  const differences = compare({ wanted, found: found.found, lastApplied, rules: grant.rules })
  return { subject, found, wanted, differences, owned: differences.filter(({ owned }) => owned) }
}

const texts = (differences: readonly Difference[]) =>
  differences.map(({ text, cause, owned }) => `${owned ? '' : 'unlisted '}${text}: ${cause}`)

async function correct(given: Given): Promise<Change[]> {
  const { subject, found, wanted, owned } = await look(given)
  await grant.correct(subject, { part: silver, wanted, found, differences: owned })
  return given.catalog.patches.flatMap(({ changes }) => changes)
}

const claim = (privilege: string, principal = 'engineers'): Claim => ({
  type: 'schema',
  name: 'main.silver',
  principal,
  privilege,
})

const at = 'securables[schema main.silver].grants[engineers].privileges'

describe('what differs', () => {
  it('is nothing when the principal holds what the manifest wants', async () => {
    const catalog = new Catalog().on(path, { engineers: ['SELECT'], others: ['MODIFY'] })
    expect((await look({ catalog, spec: manifest(['SELECT']) })).differences).toEqual([])
  })

  it('is a privilege that is wanted and not held, as a wish of the manifest at first', async () => {
    const catalog = new Catalog().on(path, {})
    const { differences } = await look({ catalog, spec: manifest(['SELECT']) })
    expect(texts(differences)).toEqual([`${at}[SELECT]: SpecChanged`])
  })

  it('is drift when it was taken away after we had granted it', async () => {
    const catalog = new Catalog().on(path, {})
    const spec = manifest(['SELECT'])
    const { differences } = await look({ catalog, spec, last: spec, added: [claim('SELECT')] })
    expect(texts(differences)).toEqual([`${at}[SELECT]: RemovedRemotely`])
  })

  it('is a privilege that left the manifest', async () => {
    const catalog = new Catalog().on(path, { engineers: ['SELECT', 'MODIFY'] })
    const { differences } = await look({
      catalog,
      spec: manifest(['SELECT']),
      last: manifest(['SELECT', 'MODIFY']),
    })
    expect(texts(differences)).toEqual([`${at}[MODIFY]: SpecChanged`])
  })

  it('is only reported where a named principal holds more than anybody of us said', async () => {
    const catalog = new Catalog().on(path, { engineers: ['SELECT', 'MODIFY'] })
    const spec = manifest(['SELECT'])
    expect(texts((await look({ catalog, spec, last: spec })).differences)).toEqual([
      `unlisted ${at}[MODIFY]: AddedRemotely`,
    ])
  })

  it('is never about principals that the manifest does not name', async () => {
    const catalog = new Catalog().on(path, { engineers: ['SELECT'], eve: ['ALL_PRIVILEGES'] })
    expect((await look({ catalog, spec: manifest(['SELECT']) })).differences).toEqual([])
  })

  it('is nothing but a remark when ALL_PRIVILEGES covers it', async () => {
    const catalog = new Catalog().on(path, { engineers: ['ALL_PRIVILEGES'] })
    expect((await look({ catalog, spec: manifest(['SELECT']) })).owned).toEqual([])
  })

  it('is nothing for a user in another case', async () => {
    const catalog = new Catalog().on(path, { 'ana@example.com': ['SELECT'] })
    expect((await look({ catalog, spec: manifest(['SELECT'], 'Ana@Example.com') })).differences).toEqual([])
  })

  it('is something for a group in another case', async () => {
    const catalog = new Catalog().on(path, { engineers: ['SELECT'] })
    expect((await look({ catalog, spec: manifest(['SELECT'], 'Engineers') })).owned).toHaveLength(1)
  })
})

describe('a securable that is not there', () => {
  it('is missing while the manifest names it', async () => {
    const subject = subjectOf({ catalog: new Catalog(), spec: manifest(['SELECT']) })
    expect(await grant.observe(subject, silver)).toEqual({
      is: 'Missing',
      what: 'schema main.silver does not exist, or lakeward@example.com may not see it',
    })
  })

  it('has taken our privileges along when the manifest named it once', async () => {
    const added = [{ ...claim('SELECT'), name: 'main.gold' }]
    const subject = subjectOf({ catalog: new Catalog(), spec: manifest(['SELECT']), added })
    expect(await grant.observe(subject, 'schema main.gold')).toMatchObject({ is: 'Found', raw: {} })
  })
})

describe('a correction', () => {
  it('adds what is missing, in one call for the securable, under the names of the manifest', async () => {
    const catalog = new Catalog().on(path, { 'ana@example.com': ['MODIFY'] })
    const spec: CatalogGrantSpec = {
      securables: [{ type: 'schema', name: 'main.silver' }],
      grants: [
        { principal: 'engineers', privileges: ['SELECT', 'USE_SCHEMA'] },
        { principal: 'Ana@Example.com', privileges: ['SELECT'] },
      ],
    }
    expect(await correct({ catalog, spec })).toEqual([
      { principal: 'engineers', add: ['SELECT', 'USE_SCHEMA'] },
      { principal: 'Ana@Example.com', add: ['SELECT'] },
    ])
    expect(catalog.patches).toHaveLength(1)
  })

  it('takes away what left the manifest, and nothing else', async () => {
    const catalog = new Catalog().on(path, { engineers: ['SELECT', 'MODIFY', 'USE_SCHEMA'] })
    const given = { catalog, spec: manifest(['SELECT']), last: manifest(['SELECT', 'MODIFY']) }
    expect(await correct({ ...given, added: [claim('MODIFY')] })).toEqual([
      { principal: 'engineers', remove: ['MODIFY'] },
    ])
  })

  it('never wipes what somebody else gave when ALL_PRIVILEGES goes', async () => {
    const all = ['ALL_PRIVILEGES', 'MANAGE', 'SELECT']
    const catalog = new Catalog().on(path, { engineers: all })
    await correct({
      catalog,
      spec: manifest(['SELECT']),
      last: manifest(['SELECT', 'ALL_PRIVILEGES']),
      added: [claim('ALL_PRIVILEGES')],
    })
    expect(catalog.grants.get(path)?.get('engineers')?.toSorted()).toEqual(['MANAGE', 'SELECT'])
  })

  it('gives what is wanted for itself when ALL_PRIVILEGES goes, and remembers it', async () => {
    const catalog = new Catalog().on(path, { engineers: ['ALL_PRIVILEGES', 'MODIFY'] })
    const given = {
      catalog,
      spec: manifest(['SELECT', 'MODIFY']),
      last: manifest(['ALL_PRIVILEGES']),
      added: [claim('ALL_PRIVILEGES')],
    }
    const { subject, owned, found } = await look(given)
    expect(claims.adding(subject, silver, { found, differences: owned })).toEqual([claim('SELECT')])
    await correct(given)
    expect(catalog.grants.get(path)?.get('engineers')?.toSorted()).toEqual(['MODIFY', 'SELECT'])
    expect((await look({ ...given, last: given.spec })).owned).toEqual([])
  })

  it('leaves nothing to do', async () => {
    const catalog = new Catalog().on(path, { engineers: ['MODIFY'] })
    const given = { catalog, spec: manifest(['SELECT', 'USE_SCHEMA']), last: manifest(['MODIFY']) }
    await correct(given)
    expect((await look(given)).owned).toEqual([])
  })
})

const revoking = (added: Claim[] = [], acceptRevocations?: boolean) => {
  const catalog = new Catalog().on(path, { engineers: ['SELECT', 'MODIFY'] })
  const spec = {
    ...manifest(['SELECT']),
    ...(acceptRevocations === undefined ? {} : { acceptRevocations }),
  }
  return look({ catalog, spec, last: manifest(['SELECT', 'MODIFY']), added })
}

const demanded = async (added: Claim[] = [], acceptRevocations?: boolean) => {
  const { subject, owned, found } = await revoking(added, acceptRevocations)
  return owned.map((difference) => grant.needsApproval?.(difference, subject, { part: silver, found }))
}

describe('a revocation', () => {
  it('needs approval where we did not grant it', async () => {
    expect(await demanded()).toEqual(['Lakeward did not grant it'])
    expect(await demanded([claim('SELECT')])).toEqual(['Lakeward did not grant it'])
    expect(await demanded([], false)).toEqual(['Lakeward did not grant it'])
  })

  it('needs none where we did, or where the manifest accepts it', async () => {
    expect(await demanded([claim('MODIFY')])).toEqual([undefined])
    expect(await demanded([], true)).toEqual([undefined])
  })

  it('is told apart from a grant', async () => {
    const { owned, found } = await revoking()
    expect(owned.map((one) => grant.impact(one, found))).toEqual(['Revoke'])
    expect(grant.verb(owned)).toBe('grants/revoke')
    const catalog = new Catalog().on(path, {})
    const wish = await look({ catalog, spec: manifest(['SELECT']) })
    expect(wish.owned.map((one) => grant.impact(one, found))).toEqual(['InPlace'])
    expect(grant.verb(wish.owned)).toBe('grants/grant')
    const at = { part: silver, found: wish.found }
    expect(wish.owned.map((one) => grant.needsApproval?.(one, wish.subject, at))).toEqual([undefined])
  })
})

const { claims } = grant as { claims: Claims<CatalogGrantSpec> }

describe('the claims of a grant', () => {
  it('are what a correction adds, and what it takes', async () => {
    const catalog = new Catalog().on(path, { engineers: ['MODIFY'] })
    const given = { catalog, spec: manifest(['SELECT']), last: manifest(['MODIFY']) }
    const { subject, owned, found } = await look(given)
    expect(claims.adding(subject, silver, { found, differences: owned })).toEqual([claim('SELECT')])
    expect(owned.map((one) => claims.taking(subject, silver, one))).toEqual([undefined, claim('MODIFY')])
  })

  it('are recorded in one spelling, however the manifest spells the principal', async () => {
    const catalog = new Catalog().on(path, {})
    const spec = manifest(['SELECT'], 'Ana@Example.com')
    const { subject, owned, found } = await look({ catalog, spec })
    expect(claims.adding(subject, silver, { found, differences: owned })).toEqual([
      claim('SELECT', 'ana@example.com'),
    ])
    expect(claims.wantedBy(spec)).toEqual([claim('SELECT', 'ana@example.com')])
  })

  it('are outdated when neither the manifest wants them nor anybody holds them any more', async () => {
    const catalog = new Catalog().on(path, { engineers: ['MODIFY'] })
    const added = [claim('SELECT'), claim('MODIFY'), claim('USE_SCHEMA')]
    const { subject, found } = await look({ catalog, spec: manifest(['SELECT']), added })
    expect(claims.outdated(subject, silver, found)).toEqual([claim('USE_SCHEMA')])
  })

  it('are one for each securable, principal and privilege that a manifest wants', () => {
    const spec: CatalogGrantSpec = {
      securables: [
        { type: 'schema', name: 'a.b' },
        { type: 'catalog', name: 'a' },
      ],
      grants: [{ principal: 'x', privileges: ['SELECT', 'MODIFY'] }],
    }
    expect(claims.wantedBy(spec)).toHaveLength(4)
  })
})

const revoked = async (catalog: Catalog, all: Claim[]) => {
  const { session } = subjectOf({ catalog, spec: manifest([]) })
  await claims.revoke(session, all, [])
  return catalog.patches
}

describe('taking back what we added', () => {
  it('takes exactly that, securable by securable', async () => {
    const catalog = new Catalog()
      .on(path, { engineers: ['SELECT', 'MODIFY'], ben: ['SELECT'] })
      .on('schema/main.gold', { engineers: ['SELECT'] })
    const gold = { ...claim('SELECT'), name: 'main.gold' }
    expect(await revoked(catalog, [claim('SELECT'), gold])).toEqual([
      { path, changes: [{ principal: 'engineers', remove: ['SELECT'] }] },
      { path: 'schema/main.gold', changes: [{ principal: 'engineers', remove: ['SELECT'] }] },
    ])
  })

  it('costs no write where it is gone already, with its securable, its principal or alone', async () => {
    const catalog = new Catalog().on(path, { engineers: ['MODIFY'] })
    const all = [claim('SELECT'), claim('SELECT', 'gone'), { ...claim('SELECT'), name: 'main.gone' }]
    expect(await revoked(catalog, all)).toEqual([])
  })

  it('finds a user in whatever case', async () => {
    const catalog = new Catalog().on(path, { 'Ana@Example.com': ['SELECT'] })
    expect(await revoked(catalog, [claim('SELECT', 'ana@example.com')])).toMatchObject([{ path }])
  })

  it('takes ALL_PRIVILEGES whole where it is read as each that it includes, also those that we know nothing of', async () => {
    const each = ['APPLY_TAG', 'CREATE_FUNCTION', 'CREATE_MODEL', 'CREATE_TABLE', 'CREATE_VOLUME', 'EXECUTE']
    const rest = ['MANAGE', 'MODIFY', 'READ_VOLUME', 'REFRESH', 'SELECT', 'USE_SCHEMA', 'WRITE_VOLUME']
    const catalog = new Catalog().on(path, { engineers: [...each, ...rest] })
    expect(await revoked(catalog, [claim('ALL_PRIVILEGES')])).toEqual([
      { path, changes: [{ principal: 'engineers', add: ['MANAGE'], remove: ['ALL_PRIVILEGES'] }] },
    ])
  })

  it('leaves what others gave when ALL_PRIVILEGES goes', async () => {
    const catalog = new Catalog().on(path, { engineers: ['ALL_PRIVILEGES', 'SELECT'] })
    await revoked(catalog, [claim('ALL_PRIVILEGES')])
    expect(catalog.grants.get(path)?.get('engineers')).toEqual(['SELECT'])
  })
})
