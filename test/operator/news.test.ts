import { describe, expect, it } from 'vitest'
import type { KubeObject, ObjectMeta } from '../../src/kube/object.ts'
import { changesAccess, changesLabels, isNews, releasesDeletions } from '../../src/operator/news.ts'
import { anObject } from '../reconcile/fixtures.ts'

const modified = (before: Partial<ObjectMeta>, after: Partial<ObjectMeta>, status: object = {}) =>
  isNews({ type: 'Modified', previous: anObject(before), object: anObject(after, { status }) })

const reads = (spec: object) => anObject({ generation: 3 }, { spec })

describe('a change of an object', () => {
  it('is news when the object comes or goes', () => {
    const object: KubeObject = anObject()
    expect(isNews({ type: 'Added', object })).toBe(true)
    expect(isNews({ type: 'Deleted', object })).toBe(true)
  })

  it('is news when the manifest changed', () => {
    expect(modified({ generation: 1 }, { generation: 2 })).toBe(true)
  })

  it('is news when the same generation reads otherwise, under another definition', () => {
    const [previous, object] = [reads({ name: 'x' }), reads({ name: 'x', protect: true })]
    expect(isNews({ type: 'Modified', previous, object })).toBe(true)
    expect(isNews({ type: 'Modified', previous, object: reads({ name: 'x' }) })).toBe(false)
  })

  it('is news when somebody deletes it', () => {
    expect(modified({}, { deletionTimestamp: '2026-01-01T00:00:00Z' })).toBe(true)
  })

  it.each(['reconcile-at', 'approve', 'approve-deletions', 'suspend', 'abandon'])(
    'is news when %s is set, changed or removed',
    (name) => {
      const set = (value: string) => ({ annotations: { [`lakeward.dev/${name}`]: value } })
      expect(modified({}, set('a'))).toBe(true)
      expect(modified(set('a'), set('b'))).toBe(true)
      expect(modified(set('a'), {})).toBe(true)
      expect(modified(set('a'), set('a'))).toBe(false)
    },
  )

  it('is none when only we wrote: a status, our finalizer, another version', () => {
    expect(modified({ resourceVersion: '1' }, { resourceVersion: '2' }, { observedGeneration: 1 })).toBe(
      false,
    )
    expect(modified({}, { finalizers: ['lakeward.dev/remote'] })).toBe(false)
  })

  it('is none when it is about others’ annotations and labels', () => {
    expect(modified({}, { annotations: { 'argocd.argoproj.io/sync-wave': '1' }, labels: { a: 'b' } })).toBe(
      false,
    )
  })
})

const changed = (previous: KubeObject, object: KubeObject) =>
  changesAccess({ type: 'Modified', previous, object })

describe('a change of a workspace', () => {
  const host = 'https://dbc-1.cloud.databricks.com'
  const credentials = { personalAccessToken: { secretKeyRef: { name: 'databricks', key: 'token' } } }
  const workspace = (more: object = {}) => anObject({}, { spec: { host, credentials, ...more } })
  const access = [{ namespaces: { names: ['red'] } }]
  it('concerns those of other namespaces when it gives them more or less', () => {
    expect(changed(workspace(), workspace({ access }))).toBe(true)
    expect(changed(workspace({ access }), workspace({ access: [...access, ...access] }))).toBe(true)
    expect(changed(workspace({ access }), workspace({ access, interval: '1m' }))).toBe(false)
  })

  it('concerns them when nothing of it can be read any more: then it gives nothing', () => {
    expect(changed(workspace({ access }), anObject({}, { spec: { access } }))).toBe(true)
  })

  it('is told in another way when it comes or goes', () => {
    expect(changesAccess({ type: 'Added', object: workspace({ access }) })).toBe(false)
  })
})

const releases = (before: object, after: object) =>
  releasesDeletions({
    type: 'Modified',
    previous: anObject({}, { status: { deletions: before } }),
    object: anObject({}, { status: { deletions: after } }),
  })

describe('a change of what a workspace says of deletions', () => {
  const held = { hash: 'a', upTo: 'x', reason: 'many' }
  it('concerns what waits when that is approved, or has to wait no more', () => {
    expect(releases({ held }, { approvedUpTo: 'x' })).toBe(true)
    expect(releases({ held }, { approvedUpTo: 'x', held })).toBe(true)
    expect(releases({ held }, {})).toBe(true)
  })

  it('concerns nobody when it only counts, or holds more', () => {
    expect(releases({}, { held })).toBe(false)
    expect(releases({ held }, { held: { ...held, hash: 'b' } })).toBe(false)
    expect(releases({ approvedUpTo: 'x' }, { approvedUpTo: 'x', recent: [{ uid: 'u', at: 'x' }] })).toBe(
      false,
    )
    expect(releasesDeletions({ type: 'Added', object: anObject() })).toBe(false)
  })
})

const namespace = (labels?: Record<string, string>) =>
  anObject({ name: 'red', namespace: '', ...(labels === undefined ? {} : { labels }) })

const relabelled = (before?: Record<string, string>, after?: Record<string, string>) =>
  changesLabels({ type: 'Modified', previous: namespace(before), object: namespace(after) })

describe('a change of a namespace', () => {
  it('concerns its objects when it comes, goes, or has other labels', () => {
    expect(changesLabels({ type: 'Added', object: namespace() })).toBe(true)
    expect(relabelled({}, { lake: 'yes' })).toBe(true)
    expect(relabelled({ lake: 'yes' }, { lake: 'no' })).toBe(true)
    expect(relabelled({ lake: 'yes' }, { lake: 'yes' })).toBe(false)
  })
})
