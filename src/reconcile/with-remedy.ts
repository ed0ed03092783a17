import { reasons, type Reason } from './reasons.ts'

/** Two sentences as one text; the first may have its full stop already, as words of a server do. */
export const sentences = (first: string, second: string): string =>
  `${first.replace(/[.\s]+$/, '')}. ${second}`

/** A message with what to do about it. */
export const withRemedy = (message: string, reason: Reason): string =>
  sentences(message, reasons[reason].remedy)

/** The same with the names of an object in the command about it. */
export const withRemedyFor = (
  { kind, metadata: { name, namespace = '' } }: Named,
  message: string,
  reason: Reason,
): string =>
  withRemedy(message, reason).replace(
    'KIND NAME -n NAMESPACE',
    `${kind.toLowerCase()} ${name} -n ${namespace}`,
  )

interface Named {
  kind: string
  metadata: { name: string; namespace?: string }
}
