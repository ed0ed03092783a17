import { describe, expect, it } from 'vitest'
import { customResourceDefinition } from '../../src/generate/custom-resource.ts'
import { resources } from '../../src/kinds/resources.ts'
import { jobSpec } from '../../src/kinds/job/schema.ts'
import { fitOf, type ServedDefinition, type ServedSchema } from '../../src/operator/start-up-definitions.ts'

/** A definition as the server tells it after it was installed, changed by somebody. */
function installed(change: (found: ServedDefinition) => void = () => undefined, definition = jobSpec) {
  const found = structuredClone(customResourceDefinition(definition)) as unknown as ServedDefinition
  found.status = { conditions: [{ type: 'Established', status: 'True' }] }
  change(found)
  return found
}

/** The place in a definition that a path names, such as `status.held`. */
function at(found: ServedDefinition, path: string): ServedSchema {
  let place = found.spec.versions[0]?.schema?.openAPIV3Schema
  for (const step of path === '' ? [] : path.split('.')) {
    const properties: Record<string, ServedSchema> | undefined = (place?.items ?? place)?.properties
    place = properties?.[step]
  }
  if (place === undefined) throw new Error(`no ${path}`)
  return place
}

const without = (path: string) => (found: ServedDefinition) => {
  const [, parent = '', name = ''] = /^(?:(.*)\.)?([^.]+)$/.exec(path) ?? []
  const place = at(found, parent)
  delete (place.items ?? place).properties?.[name]
}

/** What only a newer definition has. */
const later = (found: ServedDefinition) => {
  const { properties = {} } = at(found, 'spec')
  properties['later'] = { type: 'string' }
}

describe('a definition that is ours', () => {
  it.each(resources.map((definition) => [definition.kind, definition] as const))(
    'fits: %s',
    (_, definition) => {
      expect(fitOf(definition, installed(undefined, definition as typeof jobSpec))).toEqual({
        is: 'Fits',
        unknown: [],
        lacking: [],
      })
    },
  )

  it('fits, whatever its words, rules and columns are', () => {
    const found = installed((found) => {
      at(found, 'spec.name').description = 'otherwise'
      delete at(found, '')['x-kubernetes-validations']
      at(found, 'spec.name').maxLength = 1
    })
    expect(fitOf(jobSpec, found)).toEqual({ is: 'Fits', unknown: [], lacking: [] })
  })
})

describe('a definition that is not there', () => {
  it('is missing', () => {
    expect(fitOf(jobSpec, undefined)).toEqual({ is: 'Missing' })
  })

  it('is going as soon as it is being deleted', () => {
    const found = installed(({ metadata }) => void (metadata.deletionTimestamp = '2026-01-01T00:00:00Z'))
    expect(fitOf(jobSpec, found)).toEqual({ is: 'Going' })
  })

  it.each([
    ['has not been looked at', [], undefined],
    ['is refused', [{ type: 'Established', status: 'False', message: 'not all names' }], 'not all names'],
    [
      'has a name that another one has',
      [
        { type: 'NamesAccepted', status: 'False', message: '"jobspecs" is already in use' },
        { type: 'Established', status: 'False', message: 'not all names are accepted' },
      ],
      '"jobspecs" is already in use',
    ],
  ])('is not established when it %s', (_, conditions, why) => {
    const found = installed((found) => void (found.status = { conditions }))
    expect(fitOf(jobSpec, found)).toEqual({ is: 'NotEstablished', why })
  })
})

describe('an older definition', () => {
  it.each([
    ['a field of the spec', without('spec.schedule'), ['spec.schedule']],
    ['a field of a list', without('spec.tasks.maxRetries'), ['spec.tasks[].maxRetries']],
    ['a field of the status', without('status.held'), ['status.held']],
    ['a field inside', without('status.drift.changes.impact'), ['status.drift.changes[].impact']],
    [
      'a word that we write',
      (found: ServedDefinition) => void (at(found, 'status.mode')['enum'] = ['Correct']),
      ['status.mode: Observe'],
    ],
    [
      'any word at all',
      (found: ServedDefinition) => void (at(found, 'status.state')['enum'] = ['RUNNING']),
      ['status.state with any value'],
    ],
    [
      'room for what we write',
      (found: ServedDefinition) => void (at(found, 'status.drift.changes')['maxItems'] = 10),
      ['status.drift.changes with maxItems 100'],
    ],
    [
      'leave to say nothing',
      (found: ServedDefinition) => void (at(found, 'status.drift')['required'] = ['count']),
      ['status.drift without count'],
    ],
    [
      'the type',
      (found: ServedDefinition) => void (at(found, 'status.url').type = 'integer'),
      ['status.url as string'],
    ],
    [
      'the keys of a map',
      (found: ServedDefinition) => void delete at(found, 'spec.tags').additionalProperties,
      ['spec.tags.*'],
    ],
    [
      'a status of its own',
      (found: ServedDefinition) => void delete found.spec.versions[0]?.subresources,
      ['subresource status'],
    ],
    [
      'our version',
      (found: ServedDefinition) =>
        void (found.spec.versions[0] = { name: 'v1', served: true, storage: true }),
      ['version v1beta1'],
    ],
    [
      'our version, which it no longer serves',
      (found: ServedDefinition) => {
        const [version] = found.spec.versions
        if (version !== undefined) version.served = false
      },
      ['version v1beta1'],
    ],
    [
      'everything',
      (found: ServedDefinition) => {
        const [version] = found.spec.versions
        if (version !== undefined) delete version.schema
      },
      ['apiVersion', 'kind', 'spec', 'status'],
    ],
  ])('lacks %s', (_, change, lacking) => {
    expect(fitOf(jobSpec, installed(change))).toEqual({ is: 'Older', lacking, unknown: [] })
  })

  it('that keeps what it does not know lacks nothing', () => {
    const found = installed((found) => {
      without('status.held')(found)
      at(found, 'status')['x-kubernetes-preserve-unknown-fields'] = true
    })
    expect(fitOf(jobSpec, found)).toEqual({ is: 'Fits', unknown: [], lacking: [] })
  })
})

describe('a newer definition', () => {
  it.each([
    [
      'a field',
      (found: ServedDefinition) => {
        const { properties = {} } = at(found, 'spec.tasks').items ?? {}
        properties['later'] = { type: 'string' }
      },
      ['spec.tasks[].later'],
    ],
    [
      'a word',
      (found: ServedDefinition) => void (at(found, 'status.mode')['enum'] as string[]).push('Watch'),
      ['status.mode: Watch'],
    ],
    [
      'another version in which it is stored',
      (found: ServedDefinition) => {
        const [version] = found.spec.versions
        if (version !== undefined) version.storage = false
      },
      ['another stored version than v1beta1'],
    ],
  ])('fits and has %s that we do not know', (_, change, unknown) => {
    expect(fitOf(jobSpec, installed(change))).toEqual({ is: 'Fits', unknown, lacking: [] })
  })

  it('that drops something of what we write is in the way', () => {
    const found = installed((found) => {
      without('status.held')(found)
      without('spec.schedule')(found)
      later(found)
    })
    const unknown = ['spec.later']
    expect(fitOf(jobSpec, found)).toEqual({ is: 'Older', lacking: ['status.held'], unknown })
  })

  it('that no longer has a field of manifests does not keep us from going back to an older release', () => {
    const found = installed((found) => {
      without('spec.schedule')(found)
      delete at(found, 'spec.tags').additionalProperties
      later(found)
    })
    expect(fitOf(jobSpec, found)).toEqual({
      is: 'Fits',
      unknown: ['spec.later'],
      lacking: ['spec.tags.*', 'spec.schedule'],
    })
  })

  it('is not one by a word that we do not know: an older one may have had it', () => {
    const found = installed((found) => {
      without('spec.schedule')(found)
      const words = at(found, 'status.mode')['enum'] as string[]
      words.push('Watch')
    })
    expect(fitOf(jobSpec, found)).toMatchObject({ is: 'Older', lacking: ['spec.schedule'] })
  })
})

describe('a definition that refuses manifests which we would take', () => {
  it.each([
    [
      'a word',
      (found: ServedDefinition) =>
        void (at(found, 'spec.management.deletionPolicy')['enum'] = ['Retain', 'Retire']),
      ['spec.management.deletionPolicy: Delete'],
    ],
    [
      'the type',
      (found: ServedDefinition) => void (at(found, 'spec.name').type = 'integer'),
      ['spec.name as string'],
    ],
  ])('fits, since whoever applies one is told: it lacks %s', (_, change, lacking) => {
    expect(fitOf(jobSpec, installed(change))).toEqual({ is: 'Fits', unknown: [], lacking })
  })
})
