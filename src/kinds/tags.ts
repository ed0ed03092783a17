import { markKey } from './mark.ts'
import { type Rule, withRules } from './rule.ts'
import { mapOf } from './shape.ts'

const markIsOurs: Rule<Record<string, string>> = {
  rule: `!('${markKey}' in self)`,
  message: `the tag ${markKey} is written by Lakeward itself: remove it from the manifest`,
  holds: (tags) => !Object.hasOwn(tags, markKey),
}

/** Tags of a remote object; `most` leaves room for our own mark. */
export const tagMap = (description: string, most: number) =>
  withRules(mapOf(description, { maxEntries: most, maxValue: 256 }), [markIsOurs])
