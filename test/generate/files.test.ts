import { join } from 'node:path'

import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'

import { generatedFiles, generatedFolders } from '../../src/generate/files.ts'
import { roles } from '../../src/generate/roles.ts'
import { staleFiles } from '../../src/generate/stale.ts'
import { resources } from '../../src/kinds/resources.ts'

const top = join(import.meta.dirname, '../..')
const files = generatedFiles()

interface Place {
  default?: unknown
  properties?: Record<string, Place>
  items?: Place
  additionalProperties?: Place
}

const read = (path: string) => parse(files.get(path) ?? '') as Record<string, unknown>

function schemaOf(plural: string): Record<'spec' | 'status', Place> {
  const { spec } = read(`crds/${plural}.lakeward.dev.yaml`) as {
    spec: { versions: [{ schema: { openAPIV3Schema: { properties: Record<'spec' | 'status', Place> } } }] }
  }
  return spec.versions[0].schema.openAPIV3Schema.properties
}

const places = (place: Place): Place[] => [
  place,
  ...[...Object.values(place.properties ?? {}), place.items, place.additionalProperties].flatMap((child) =>
    child === undefined ? [] : places(child),
  ),
]

describe('the generated files', () => {
  it('are the ones on disk', async () => {
    expect(await staleFiles(top, { files, folders: generatedFolders })).toEqual([])
  })

  it.each([...files.keys()])('%s fits an annotation of kubectl apply', (path) => {
    expect(files.get(path)?.length).toBeLessThan(250_000)
  })
})

describe.each(resources.map(({ plural }) => plural))('the definition of %s', (plural) => {
  it('has no default anywhere under spec, which GitOps tools would take for a difference', () => {
    const all = places(schemaOf(plural).spec)
    expect(all.length).toBeGreaterThan(5)
    expect(all.filter((place) => 'default' in place)).toEqual([])
  })

  it('never shows an object that nobody has looked at as healthy', () => {
    expect(schemaOf(plural).status.default).toEqual({ observedGeneration: -1 })
  })
})

const rulesOf = (name: string) =>
  read(`charts/lakeward/files/${name}.yaml`)['rules'] as Record<'resources' | 'verbs', string[]>[]
const verbsOn = (name: string, resource: string) =>
  rulesOf(name).flatMap(({ resources, verbs }) => (resources.includes(resource) ? verbs : []))

const isRole = (path: string) => /^charts\/lakeward\/files\/lakeward-[a-z-]+\.yaml$/.test(path)

describe('the roles', () => {
  it('let the operator read a Secret by name and never list or watch them', () => {
    expect(verbsOn('lakeward-operator', 'secrets')).toEqual(['get'])
  })

  it('let the operator write no manifest and delete nothing', () => {
    const verbs = new Set(rulesOf('lakeward-operator').flatMap(({ verbs }) => verbs))
    expect([...verbs].toSorted()).toEqual(['create', 'get', 'list', 'patch', 'watch'])
    expect(verbsOn('lakeward-operator', 'jobspecs')).toEqual(['get', 'list', 'watch', 'patch'])
  })

  it('let an operator of single namespaces read no more of the cluster than this', () => {
    expect(
      rulesOf('lakeward-operator-cluster').map(({ resources, verbs }) => [...resources, ...verbs]),
    ).toEqual([
      ['namespaces', 'get', 'list', 'watch'],
      ['customresourcedefinitions', 'get'],
    ])
  })

  it('let the operator elect a leader in the namespace where that is bound', () => {
    expect(
      rulesOf('lakeward-operator-lease').map(({ resources, verbs }) => [...resources, ...verbs]),
    ).toEqual([['leases', 'get', 'create', 'update']])
    expect(verbsOn('lakeward-operator', 'leases')).toEqual([])
  })

  it('let a team write clusters and jobs, and neither grants nor workspaces', () => {
    expect(verbsOn('lakeward-edit', 'jobspecs')).toContain('create')
    expect(verbsOn('lakeward-edit', 'databricksclusters')).toContain('create')
    expect(verbsOn('lakeward-edit', 'cataloggrants')).toEqual([])
    expect(verbsOn('lakeward-edit', 'databricksworkspaces')).toEqual([])
  })

  it('let who is bound to it write workspaces and grants, and approve nothing', () => {
    expect(verbsOn('lakeward-admin', 'cataloggrants')).toContain('create')
    expect(verbsOn('lakeward-admin', 'databricksworkspaces')).toContain('update')
    for (const name of ['lakeward-operator', 'lakeward-edit', 'lakeward-admin', 'lakeward-view'])
      for (const { plural } of resources) expect(verbsOn(name, plural), name).not.toContain('approve')
  })

  it('let who may approve set an annotation, and not update, which would be to write manifests', () => {
    for (const { plural } of resources)
      expect(verbsOn('lakeward-approve', plural)).toEqual(['approve', 'get', 'list', 'patch', 'watch'])
  })

  it('let nobody but the operator write a status', () => {
    const names = roles.map(({ name }) => name).filter((name) => name !== 'lakeward-operator')
    for (const name of names)
      for (const { plural } of resources)
        expect(
          verbsOn(name, `${plural}/status`).filter((verb) => verb !== 'get'),
          name,
        ).toEqual([])
  })

  it('name no wildcard', () => {
    const texts = [...files].filter(([path]) => isRole(path)).map(([, text]) => text)
    expect(texts).toHaveLength(roles.length)
    expect(texts.join('\n')).not.toContain('*')
  })
})
