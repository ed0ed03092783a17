import { describe, expect, it } from 'vitest'
import { markIn, pathOfTag, withMark, withoutMark } from '../../src/kinds/tag-mark.ts'

const own = { key: 'made-by', value: 'v' }
const none = { key: undefined, value: 'v' }
const usual = { key: 'lakeward-owner', value: 'v' }

describe('the mark in tags', () => {
  it('is found under the key of the workspace, and under the usual one that older things carry', () => {
    expect(markIn({ 'made-by': 'a', 'lakeward-owner': 'b' }, 'made-by')).toBe('a')
    expect(markIn({ 'lakeward-owner': 'b' }, 'made-by')).toBe('b')
    expect(markIn({ 'lakeward-owner': 'b' }, undefined)).toBe('b')
    expect(markIn({ 'made-by': 'a' }, 'lakeward-owner')).toBeUndefined()
    expect(markIn(undefined, 'made-by')).toBeUndefined()
  })

  it('is written beside other tags, and not at all where there is to be none', () => {
    expect(withMark('tags', { a: 'b' }, own)).toEqual({ tags: { a: 'b', 'made-by': 'v' } })
    expect(withMark('tags', undefined, own)).toEqual({ tags: { 'made-by': 'v' } })
    expect(withMark('tags', { a: 'b' }, none)).toEqual({ tags: { a: 'b' } })
    expect(withMark('tags', undefined, none)).toEqual({})
  })

  it('is no setting of anybody’s; the usual one has a rule of its own', () => {
    const body = { name: 'x', tags: { a: 'b', 'made-by': 'v' } }
    expect(withoutMark(body, 'tags', own)).toEqual({ name: 'x', tags: { a: 'b' } })
    for (const mark of [none, usual]) expect(withoutMark(body, 'tags', mark)).toBe(body)
    expect(withoutMark({ name: 'x' }, 'tags', own)).toEqual({ name: 'x' })
  })
})

describe('a manifest that sets the mark', () => {
  it.each<[object, string | undefined]>([
    [{ tags: { 'made-by': 'x' } }, 'spec.tags.made-by'],
    [{ customTags: { 'made-by': 'x' } }, 'spec.customTags.made-by'],
    [
      { tasks: [{ a: 1 }, { newCluster: { customTags: { 'made-by': 'x' } } }] },
      'spec.tasks[1].newCluster.customTags.made-by',
    ],
    [{ tags: { 'made-by-us': 'x' } }, undefined],
    [{ sparkConf: { 'made-by': 'x' } }, undefined],
    [{}, undefined],
  ])('%j', (spec, path) => {
    expect(pathOfTag(spec as never, 'made-by')).toBe(path)
  })
})
