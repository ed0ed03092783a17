import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { kinds } from '../../src/kinds/index.ts'
import type { Kind } from '../../src/kinds/kind.ts'
import { frameOf, legibleStatus, misfitOfFrame, placeIn } from '../../src/kinds/legible.ts'
import { parseSpec } from '../../src/kinds/parse-spec.ts'
import { workspaceKeyOf } from '../../src/reconcile/workspace-key.ts'
import { anObject } from '../reconcile/fixtures.ts'

const kindOf = (name: string): Kind => {
  const kind = kinds.find(({ definition }) => definition.kind === name)
  if (kind === undefined) throw new Error(`there is no kind ${name}`)
  return kind
}

const jobs = kindOf('JobSpec')
const grants = kindOf('CatalogGrant')

/** Anything that may be stored, with our own names here and there. */
const names = [
  'workspaceRef',
  'management',
  'tasks',
  'taskKey',
  'clusterRef',
  'runJobTask',
  'jobRef',
  'name',
  'namespace',
  'grants',
  'securables',
  'type',
  'principal',
  'privileges',
  'externalId',
  'mode',
  'conditions',
  'drift',
  'added',
  'attempt',
  'origin',
]
const { anything } = fc.letrec((tie) => ({
  anything: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    fc.constantFrom(null, true, 7, '', 'x', 'Correct', 'Delete'),
    fc.array(tie('anything'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom(...names), tie('anything'), { maxKeys: 6, noNullPrototype: true }),
  ),
}))

describe('whatever is stored', () => {
  it('can be read without an exception, as a manifest of any kind', () => {
    fc.assert(
      fc.property(anything, (spec) => {
        placeIn(spec)
        expect(workspaceKeyOf(anObject({}, { spec: spec as object }), spec)).toMatch(/^[^/]*\/./)
        for (const kind of kinds) {
          misfitOfFrame(kind.definition, spec)
          frameOf(kind.definition, spec)
          parseSpec(kind.definition, spec)
          expect(kind.references(spec as never).every(({ name }) => typeof name === 'string')).toBe(true)
          kind.claims?.wantedBy(spec as never)
        }
      }),
      { numRuns: 2_000 },
    )
  })

  it.each([
    [{ workspaceRef: { name: 'w', namespace: 'n' } }, { workspaceRef: { name: 'w', namespace: 'n' } }],
    [{ workspaceRef: { name: 'w', more: 1 } }, { workspaceRef: { name: 'w' } }],
    [{ workspaceRef: { name: '' } }, {}],
    [{ workspaceRef: { name: 7 } }, {}],
    [{ workspaceRef: { name: 'w', namespace: null } }, {}],
    [{ management: { externalId: '7', mode: 'Correct' } }, { management: { externalId: '7' } }],
    [{ management: { externalId: 7 } }, {}],
    [null, {}],
  ])('says where it lives and what it is, if that can be read: %j', (spec, place) => {
    expect(placeIn(spec)).toEqual(place)
  })

  it('can be read as a status, and what is left of it fits', () => {
    fc.assert(
      fc.property(anything, fc.constantFrom(...kinds), (status, { definition }) => {
        const object = { ...anObject({}, { status: status as object }), kind: definition.kind }
        const legible = legibleStatus(object)
        expect(definition.status.safeParse(legible.status).success).toBe(true)
        expect(legibleStatus(object)).toBe(legible)
      }),
      { numRuns: 2_000 },
    )
  })
})

describe('a manifest that fits', () => {
  it('is asked as it was before: references and claims are all there', () => {
    const tasks = [
      { taskKey: 'a', clusterRef: { name: 'shared' } },
      { taskKey: 'b', runJobTask: { jobRef: { name: 'other' } } },
      { taskKey: 'c' },
    ]
    expect(jobs.references({ tasks } as never)).toEqual([
      { kind: 'DatabricksCluster', name: 'shared', path: 'tasks[a].clusterRef' },
      { kind: 'JobSpec', name: 'other', path: 'tasks[b].runJobTask.jobRef' },
    ])
    const spec = {
      securables: [{ type: 'schema', name: 'main.silver' }],
      grants: [{ principal: 'Analysts', privileges: ['SELECT', 7] }, { privileges: ['MODIFY'] }],
    }
    expect(grants.claims?.wantedBy(spec as never)).toEqual([
      {
        type: 'schema',
        name: 'main.silver',
        principal: expect.stringMatching(/^analysts$/i) as string,
        privilege: 'SELECT',
      },
    ])
  })
})

describe('a manifest that does not fit', () => {
  it.each([
    {
      it: 'an unknown member of management',
      spec: { management: { frozen: true } },
      path: 'spec.management.frozen',
    },
    {
      it: 'an unknown policy',
      spec: { management: { deletionPolicy: 'Archive' } },
      path: 'spec.management.deletionPolicy',
    },
    { it: 'a workspace without a name', spec: { workspaceRef: {} }, path: 'spec.workspaceRef.name' },
    { it: 'no manifest at all', spec: null, path: 'spec' },
  ])('is not treated by guess: $it', ({ spec, path }) => {
    expect(misfitOfFrame(jobs.definition, spec)?.path).toBe(path)
    expect(parseSpec(jobs.definition, spec).is).toBe('Invalid')
  })

  it('is still treated as it says, when only something else is wrong', () => {
    const spec = { name: 7, workspaceRef: { name: 'prod' }, management: { mode: 'Observe', externalId: '7' } }
    expect(misfitOfFrame(jobs.definition, spec)).toBeUndefined()
    expect(frameOf(jobs.definition, spec)).toEqual(spec)
  })

  it('keeps of its management what it takes for its own', () => {
    const spec = { name: 'x', management: { externalId: '7', mode: 'Freeze' } }
    expect(frameOf(jobs.definition, spec)).toEqual({ name: 'x', management: { externalId: '7' } })
  })
})

const read = (status: object) => legibleStatus({ ...anObject({}, { status }), kind: 'JobSpec' })

describe('a status', () => {
  it('that fits is given as it is', () => {
    const status = {
      observedGeneration: 3,
      externalId: '7',
      origin: 'Created',
      drift: { count: 0, unlisted: 0 },
    }
    expect(read(status)).toEqual({ status })
  })

  it('that nobody has written is that of an object nobody has looked at', () => {
    expect(legibleStatus(anObject())).toEqual({ status: { observedGeneration: -1 } })
  })

  it('is read without what another version wrote otherwise', () => {
    const status = {
      observedGeneration: 3,
      conditions: 'fine',
      putBack: 4,
      drift: { count: 'many' },
      externalId: '7',
      later: {},
    }
    expect(read(status)).toEqual({ status: { observedGeneration: 3, externalId: '7', later: {} } })
  })

  it.each([
    { name: 'attempt', value: 'under way' },
    { name: 'externalId', value: { job: 7 } },
    { name: 'workspaceId', value: 7 },
    { name: 'origin', value: 'Restored' },
    { name: 'defaults', value: [] },
  ])('names $name when that cannot be read: it says which remote object is ours', ({ name, value }) => {
    const { status, misfit } = read({ observedGeneration: 3, [name]: value })
    expect(misfit?.path.startsWith(`status.${name}`)).toBe(true)
    expect(status).toEqual({ observedGeneration: 3 })
  })
})
