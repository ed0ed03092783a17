import { reasons, type Reason } from './reasons.ts'

/** Two sentences as one text; the first may have its full stop already, as words of a server do. */
export const sentences = (first: string, second: string): string =>
  `${first.replace(/[.\s]+$/, '')}. ${second}`

/** A message with what to do about it. */
export const withRemedy = (message: string, reason: Reason): string =>
  sentences(message, reasons[reason].remedy)
