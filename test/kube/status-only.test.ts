import { describe, expect, it } from 'vitest'
import type { ObjectMeta } from '../../src/kube/object.ts'
import { isStatusOnly } from '../../src/kube/status-only.ts'
import { widget } from './widget.ts'

const modified = (metadata: Partial<ObjectMeta>) => ({
  type: 'Modified' as const,
  previous: widget('x', 5),
  object: { ...widget('x', 6, metadata), status: { seen: 1 } },
})

describe('a change', () => {
  it('of the status alone is one, and so is one of the finalizers', () => {
    expect(isStatusOnly(modified({}))).toBe(true)
    expect(isStatusOnly(modified({ finalizers: ['lakeward.dev/remote'] }))).toBe(true)
  })

  it.each([
    ['an edit', { generation: 2 }],
    ['a deletion', { deletionTimestamp: '2026-01-01T00:00:00Z' }],
    ['an annotation', { annotations: { 'lakeward.dev/approve': 'abc' } }],
    ['a label', { labels: { team: 'red' } }],
  ])('that holds %s is not', (_what, metadata) => {
    expect(isStatusOnly(modified(metadata))).toBe(false)
  })

  it('of a kind without generations may be anything', () => {
    const { generation: _, ...metadata } = widget('x', 5).metadata
    const object = { ...widget('x', 5), metadata }
    expect(isStatusOnly({ type: 'Modified', object, previous: object })).toBe(false)
  })

  it('that adds or deletes the object is not', () => {
    expect(isStatusOnly({ type: 'Added', object: widget('x', 5) })).toBe(false)
    expect(isStatusOnly({ type: 'Deleted', object: widget('x', 5) })).toBe(false)
  })
})
