/**
 * Whether the CustomResourceDefinitions that the API server has are the ones that this operator writes by.
 *
 * Judged by what they say, not by a version number, and by the harm: a field that the served schema lacks is dropped from
 * everything that is written, without an error. Of a status we would write the same again and again, and the same holds
 * of one that is refused. A manifest would lose it; but a newer release may have given it up, and whoever goes back from
 * there must not wait for it. What is refused in a manifest is told to whoever applies it.
 */
import { customResourceDefinition } from '../generate/custom-resource.ts'
import type { ResourceDefinition } from '../kinds/resource.ts'

/** What is read of a CustomResourceDefinition. */
export interface ServedDefinition {
  metadata: { name: string; deletionTimestamp?: string }
  spec: {
    versions: {
      name: string
      served: boolean
      storage: boolean
      subresources?: { status?: object }
      schema?: { openAPIV3Schema?: ServedSchema }
    }[]
  }
  status?: { conditions?: { type: string; status: string; message?: string }[] }
}

/** A schema as the server tells it: ours, or one that somebody else wrote. */
export interface ServedSchema {
  type?: string
  properties?: Record<string, ServedSchema>
  items?: ServedSchema
  additionalProperties?: ServedSchema | boolean
  [keyword: string]: unknown
}

/** How what is there fits us. Paths are those of manifests: `spec.tasks[].maxRetries`. */
export type Fit =
  /** `unknown`: what it has and we do not know. `lacking`: what it does not take in manifests, and we would. */
  | { is: 'Fits'; unknown: string[]; lacking: string[] }
  | { is: 'Missing' }
  | { is: 'Going' }
  /** Kubernetes has not taken it up; it says why, or it only takes a moment. */
  | { is: 'NotEstablished'; why: string | undefined }
  /** What we need and it lacks; with fields `unknown` to us it is newer all the same. */
  | { is: 'Older'; lacking: string[]; unknown: string[] }

/** Judges one definition; undefined = there is none. */
export function fitOf(definition: ResourceDefinition, found: ServedDefinition | undefined): Fit {
  if (found === undefined) return { is: 'Missing' }
  if (found.metadata.deletionTimestamp !== undefined) return { is: 'Going' }
  const established = found.status?.conditions?.find(({ type }) => type === 'Established')
  if (established?.status !== 'True')
    return { is: 'NotEstablished', why: whyNot(found) ?? established?.message }
  const version = found.spec.versions.find(({ name }) => name === definition.version)
  if (version?.served !== true)
    return { is: 'Older', lacking: [`version ${definition.version}`], unknown: [] }
  const [ours] = customResourceDefinition(definition).spec.versions
  const served = version.schema?.openAPIV3Schema ?? {}
  const differences = [...compare(ours?.schema.openAPIV3Schema ?? {}, served, '')]
  if (version.subresources?.status === undefined)
    differences.unshift({ is: 'Lacking', what: 'subresource status' })
  const those = (...kinds: Difference['is'][]) =>
    differences.filter((one) => kinds.includes(one.is)).map(({ what }) => what)
  const unknown = those('Unknown')
  // An older one may have words that we gave up, but hardly a field.
  const lacking = those('Lacking', ...(unknown.length === 0 ? (['Dropped'] as const) : []))
  if (lacking.length > 0) return { is: 'Older', lacking, unknown }
  const stored = version.storage ? [] : [`another stored version than ${definition.version}`]
  return {
    is: 'Fits',
    unknown: [...stored, ...those('Unknown', 'UnknownWord')],
    lacking: those('Dropped', 'Refused'),
  }
}

/** Another definition may have taken the names. */
const whyNot = ({ status }: ServedDefinition): string | undefined =>
  status?.conditions?.find(({ type, status }) => type === 'NamesAccepted' && status === 'False')?.message

interface Difference {
  /** `Lacking`: we cannot do without it. `Dropped`, `Refused`: what becomes of it in a manifest. */
  is: 'Lacking' | 'Dropped' | 'Refused' | 'Unknown' | 'UnknownWord'
  what: string
}

const isOfStatus = (place: string): boolean => place === 'status' || place.startsWith('status.')

const dropped = (place: string): Difference => ({
  is: isOfStatus(place) ? 'Lacking' : 'Dropped',
  what: place,
})

const refused = (place: string, what: string): Difference => ({
  is: isOfStatus(place) ? 'Lacking' : 'Refused',
  what,
})

/** Descriptions and rules may differ: they change nothing of what is kept. */
function* compare(ours: ServedSchema, served: ServedSchema, place: string): Generator<Difference> {
  if (served['x-kubernetes-preserve-unknown-fields'] === true && served.properties === undefined) return
  if (ours.type !== undefined && served.type !== undefined && ours.type !== served.type) {
    yield refused(place, `${place} as ${ours.type}`)
    return
  }
  yield* compareValues(ours, served, place)
  yield* compareProperties(ours, served, place)
  if (ours.items !== undefined) yield* compare(ours.items, served.items ?? {}, `${place}[]`)
  const [mine, theirs] = [ours.additionalProperties, served.additionalProperties]
  if (typeof mine !== 'object') return
  if (typeof theirs === 'object') yield* compare(mine, theirs, `${place}.*`)
  else if (theirs !== true) yield dropped(`${place}.*`)
}

function* compareProperties(ours: ServedSchema, served: ServedSchema, place: string): Generator<Difference> {
  const [mine, theirs] = [ours.properties ?? {}, served.properties ?? {}]
  const keepsUnknown = served['x-kubernetes-preserve-unknown-fields'] === true
  for (const [name, schema] of Object.entries(mine)) {
    const path = place === '' ? name : `${place}.${name}`
    const there = theirs[name]
    // The API server's own matter, at the top of every object.
    if (path === 'metadata') continue
    if (there !== undefined) yield* compare(schema, there, path)
    else if (!keepsUnknown) yield dropped(path)
  }
  for (const name of Object.keys(theirs))
    if (!Object.hasOwn(mine, name)) yield { is: 'Unknown', what: place === '' ? name : `${place}.${name}` }
  if (!isOfStatus(place)) return
  const always = textsOf(ours, 'required') ?? []
  for (const name of textsOf(served, 'required') ?? [])
    if (!always.includes(name)) yield refused(place, `${place} without ${name}`)
}

const bounds = ['maxLength', 'maxItems', 'maxProperties'] as const

/** What else would be refused: a word it does not know, or a smaller bound. */
function* compareValues(ours: ServedSchema, served: ServedSchema, place: string): Generator<Difference> {
  const [mine, theirs] = [wordsOf(ours), wordsOf(served)]
  if (theirs !== undefined)
    for (const word of mine ?? []) if (!theirs.includes(word)) yield refused(place, `${place}: ${word}`)
  if (mine !== undefined)
    for (const word of theirs ?? [])
      if (!mine.includes(word)) yield { is: 'UnknownWord', what: `${place}: ${word}` }
  // Narrower bounds on manifests are told to whoever applies one.
  if (!isOfStatus(place)) return
  if (theirs !== undefined && mine === undefined) yield refused(place, `${place} with any value`)
  for (const bound of bounds) {
    const [most, there] = [ours[bound], served[bound]]
    if (typeof most === 'number' && typeof there === 'number' && there < most)
      yield refused(place, `${place} with ${bound} ${most}`)
  }
}

const wordsOf = (schema: ServedSchema): string[] | undefined => textsOf(schema, 'enum')

function textsOf(schema: ServedSchema, keyword: 'enum' | 'required'): string[] | undefined {
  const list = schema[keyword]
  return Array.isArray(list) ? list.map(String) : undefined
}
