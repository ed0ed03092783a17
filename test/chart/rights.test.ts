import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { chart, render, type Rendered, type Values } from './chart.ts'

/** Which roles of Kubernetes take in a role of ours. */
const takenInBy = ({ metadata }: Rendered): string[] =>
  Object.keys(metadata.labels ?? {}).flatMap(
    (label) => /^rbac\.authorization\.k8s\.io\/aggregate-to-(.+)$/.exec(label)?.[1] ?? [],
  )

const takenIn = async (values: Values) => {
  const roles = (await render(values)).filter(({ kind }) => kind === 'ClusterRole')
  return Object.fromEntries(roles.map((role) => [role.metadata.name, takenInBy(role).toSorted()]))
}

describe('the roles of people', () => {
  it('that write clusters and jobs, or only read, are taken in by those of Kubernetes; no other is', async () => {
    expect(await takenIn({})).toEqual({
      'lakeward-admin': [],
      'lakeward-approve': [],
      'lakeward-edit': ['admin', 'edit'],
      'lakeward-operator': [],
      'lakeward-view': ['admin', 'edit', 'view'],
    })
  })

  it('are taken in by none where that is not wanted', async () => {
    expect(Object.values(await takenIn({ rbac: { aggregate: false } })).flat()).toEqual([])
  })

  it('have none that approves where no policy keeps it to that', async () => {
    expect(Object.keys(await takenIn({ policies: { approval: false } }))).not.toContain('lakeward-approve')
  })
})

const isPolicy = ({ kind }: Rendered) => kind.startsWith('ValidatingAdmissionPolicy')
const generated = (name: string): unknown[] =>
  parseAllDocuments(readFileSync(join(chart, `files/policies/${name}.yaml`), 'utf8')).map(
    (document) => document.toJS() as unknown,
  )

describe('the policies', () => {
  it('are the generated ones', async () => {
    const objects = (await render()).filter(isPolicy)
    for (const { metadata } of objects) expect(metadata.labels).toHaveProperty('helm.sh/chart')
    const without = objects.map(({ metadata: { labels: _labels, ...metadata }, ...rest }) => ({
      ...rest,
      metadata,
    }))
    const expected = [...generated('approval'), ...generated('protect')]
    expect(without).toHaveLength(expected.length)
    expect(without).toEqual(expect.arrayContaining(expected))
  })

  it('and what they say have the names of their release', async () => {
    const objects = (await render({}, { name: 'second', namespace: 'home' })).filter(isPolicy)
    const text = JSON.stringify(objects)
    expect(text).toContain('"policyName":"second-lakeward-approval"')
    expect(text).toContain('the ClusterRole second-lakeward-approve gives')
    expect(text).not.toMatch(/(?<!second-)lakeward-(approv|protect|edit|admin)/)
  })

  it('are turned off one by one', async () => {
    const objects = (await render({ policies: { protect: false } })).filter(isPolicy)
    expect(objects.map(({ kind, metadata }) => `${kind} ${metadata.name}`).toSorted()).toEqual([
      'ValidatingAdmissionPolicy lakeward-approval',
      'ValidatingAdmissionPolicyBinding lakeward-approval',
    ])
  })
})
