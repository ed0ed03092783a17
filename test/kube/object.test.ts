import { describe, expect, it } from 'vitest'
import { keyOf, resourcePath, splitKey } from '../../src/kube/object.ts'
import { widget, widgets } from './widget.ts'

describe('the path of a resource', () => {
  const secrets = { group: '', version: 'v1', plural: 'secrets', kind: 'Secret' }

  it.each([
    [resourcePath(widgets), '/apis/test.lakeward.dev/v1/widgets'],
    [resourcePath(widgets, 'a'), '/apis/test.lakeward.dev/v1/namespaces/a/widgets'],
    [resourcePath(widgets, 'a', 'b'), '/apis/test.lakeward.dev/v1/namespaces/a/widgets/b'],
    [resourcePath(secrets, 'a', 'b'), '/api/v1/namespaces/a/secrets/b'],
  ])('is %s', (path, expected) => {
    expect(path).toBe(expected)
  })

  it('cannot be left by a name with slashes', () => {
    expect(resourcePath(secrets, 'a', '../b')).toBe('/api/v1/namespaces/a/secrets/..%2Fb')
  })
})

it('a key says namespace and name, and can be taken apart again', () => {
  const key = keyOf(widget('b', 1))
  expect(key).toBe('a/b')
  expect(splitKey(key)).toEqual({ namespace: 'a', name: 'b' })
})
