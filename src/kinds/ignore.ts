import { z } from 'zod'

import { type Rule, withRules } from './rule.ts'
import { keyedList, object, text } from './shape.ts'

/** How many paths one manifest may ignore: who needs more wants mode Observe. */
const mostPaths = 64

/** What the API server takes for an instant, and JavaScript reads the same. */
const rfc3339 =
  /^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]{1,9})?(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$/

const instant = (description: string) =>
  text(description, { max: 35, pattern: rfc3339 })
    .refine((value) => z.iso.datetime({ offset: true }).safeParse(value).success, 'is no instant of any day')
    .meta({ format: 'date-time' })

/**
 * Where a path begins can be told when the manifest is applied; where it leads, deeper down, only the whole schema
 * knows: `ignored-path.ts`.
 */
const beginsWith = (fields: readonly string[]): Rule<string> => ({
  rule: `self.matches('^(${fields.join('|')})([.]|[[]|$)')`,
  message: `must begin with a field that is compared: ${fields.join(', ')}`,
  holds: (value) => new RegExp(String.raw`^(${fields.join('|')})(\.|\[|$)`).test(value),
})

/** `management.ignore`, for a kind with these fields; for any kind without them. */
export function ignoreList(fields?: readonly string[]) {
  const path = text(
    'What to ignore, spelled as in status.drift, with everything below it: schedule.pauseStatus, tasks[extract].maxRetries, sparkConf["spark.x"]. * stands for every item of a list or every key of a map: tasks[*].maxRetries, tags.*.',
    { min: 1, max: 512 },
  )
  return keyedList(
    'Differences to put up with. They are shown as Tolerated, neither counted as drift nor corrected. What the manifest itself changes at such a path is still written.',
    object('One path.', {
      path: fields === undefined ? path : withRules(path, [beginsWith(fields)]),
      until: instant(
        'When that ends, such as 2026-12-01T06:00:00Z: from then on it is drift like any other. Default: never.',
      ).optional(),
      reason: text('Why, for whoever reads the manifest or the status.', { max: 256 }).optional(),
    }),
    { keys: ['path'], max: mostPaths },
  )
}
