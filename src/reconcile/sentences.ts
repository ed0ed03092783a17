import { instant } from '../clock.ts'
import type { Change } from '../drift/change.ts'
import type { Difference } from '../drift/compare.ts'
import type { Tolerated } from '../drift/difference.ts'
import { excerpt, firstDifference } from '../drift/excerpt.ts'
import type { Misfit } from '../kinds/parse-spec.ts'
import type { Held } from '../kinds/status.ts'
import type { KubeObject } from '../kube/object.ts'
import { annotation, annotations } from './annotations.ts'
import type { Obstacle } from './decide.ts'
import type { Hold } from './hold.ts'

/** How many paths a sentence names. */
const mostNamed = 3
/** How many characters of a value it shows. */
const mostValue = 100

/** How many characters of an approval that is none of ours. */
const mostApproval = 40

/** The first few of a list, for a message. */
export function firstFew(texts: readonly string[], most = mostNamed): string {
  const rest = texts.length - most
  return rest > 0 ? `${texts.slice(0, most).join(', ')} and ${rest} more` : texts.join(', ')
}

/** What does not fit its schema, and why. */
export const sentenceOfMisfit = ({ path, message }: Misfit): string => `${path}: ${message}`

/** A change as a person would tell it: what is there, and what should be. Values come masked and cut. */
export function sentenceOfChange({ path, wanted, found, cause, by }: Change): string {
  const who = by === undefined ? '' : ` (by ${by})`
  // The value of an item of a set stands at the end of its path already.
  const told = (text = '') => (isSetItem(path, text) ? '' : text)
  const [want, find] = [told(wanted), told(found)]
  if (found === undefined) {
    const gone = cause === 'SpecChanged' ? 'is not there' : 'is gone'
    return `${path} ${gone}${want === '' ? '' : `: ${want} is wanted`}${who}`
  }
  if (wanted !== undefined) return `${path} is ${found} instead of ${wanted}${who}`
  if (cause === 'AddedRemotely') return `${path} was added${find === '' ? '' : `: ${find}`}${who}`
  return `${path} is ${find === '' ? 'still there' : find}${who}`
}

const isSetItem = (path: string, text: string): boolean =>
  text.startsWith('"') && path.endsWith(`[${text.slice(1, -1)}]`)

/** A change that is put up with: until when, and why. */
export function sentenceOfTolerated(change: Change, { until, reason }: Tolerated): string {
  const how = [until === undefined ? [] : `until ${until}`, reason ?? []].flat().join(', ')
  return how === '' ? sentenceOfChange(change) : `${sentenceOfChange(change)} (${how})`
}

/** What is written of a difference: `maxRetries: 5 -> 1`. Values are masked, and cut. */
export function sentenceOfWrite({ text, shown, wanted }: Difference): string {
  if (wanted === undefined) return `${text} (removed)`
  if (shown?.wanted === undefined || shown.found === undefined) return text
  const [from, to] = [JSON.stringify(shown.found), JSON.stringify(shown.wanted)]
  const at = firstDifference(from, to)
  return `${text}: ${excerpt(from, mostValue, at)} -> ${excerpt(to, mostValue, at)}`
}

/** Why a field is not written, or not yet: what was written before. Instants only, so that the sentence stays. */
export function sentenceOfStanding(told: string, standing: Obstacle): string {
  switch (standing.is) {
    case 'Settling':
      return told
    case 'DoesNotConverge':
      return `${told}, although it was written ${timesOf(standing)}${nextOf(standing)}`
    case 'Contested':
      return `${told}, although it was put back ${standing.times} times since ${standing.since}${nextOf(standing)}`
    case 'Forbidden':
      return `${told}: ${standing.why}`
    case 'Imposed':
      return `${told}: its policy allows no other value`
    default:
      return standing satisfies never
  }
}

const timesOf = ({ times }: { times: number }): string => (times === 1 ? 'once' : `${times} times`)

const nextOf = ({ until }: { until?: number }): string =>
  until === undefined ? '' : `; next after ${instant(until)}`

/** What a held change would do, and how to let it go. */
export function sentenceOfHold(
  { hash, verb, impact, differences, demanded, stops }: Hold,
  held: KubeObject,
): string {
  const { kind, metadata } = held
  const paths = firstFew(differences.map(({ text }) => text))
  const isFreed = demanded === undefined && (impact === 'Restart' || impact === 'Shrink')
  const end = stops === undefined ? 'when the cluster stops,' : `when the cluster stops, ${stops},`
  const object = `${kind.toLowerCase()} ${metadata.name} -n ${metadata.namespace ?? ''}`
  return (
    `${verb} of ${paths} ${whyHeld(impact, demanded)}. It goes out ${isFreed ? `${end} or ` : ''}` +
    `after: kubectl annotate ${object} --overwrite ${annotations.approve}=${hash}` +
    (sentenceOfOtherApproval(held, hash) ?? '')
  )
}

/** What hurts waits for what it would do; what hurts nobody, for what would be lost. */
function whyHeld(impact: Hold['impact'], demanded: string | undefined): string {
  if (demanded === undefined) return `would ${effectOf(impact)}`
  return impact === 'InPlace' ? `waits: ${demanded}` : `would ${effectOf(impact)} (${demanded})`
}

/** That somebody approved something, but not the change that is held now. */
export function sentenceOfOtherApproval(object: KubeObject, hash: string): string | undefined {
  const approved = annotation(object, 'approve')
  return approved === undefined || approved === hash
    ? undefined
    : `. The approval that it carries, ${JSON.stringify(excerpt(approved, mostApproval))}, is for another change`
}

/** What a change would do to those who use the remote object. */
export const effectOf = (impact: Held['impact']): string => effects[impact]

const effects: Record<Held['impact'], string> = {
  InPlace: 'change it in place',
  Restart: 'restart the running cluster',
  Shrink: 'take workers from the running cluster',
  Revoke: 'revoke a privilege',
  Schedule: 'change when it runs',
  Delete: 'delete the remote object',
}
