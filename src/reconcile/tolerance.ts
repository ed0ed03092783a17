import type { Difference, Tolerated } from '../drift/difference.ts'
import { isSelected, parseSelector, type Selector } from '../drift/selector.ts'
import type { Management } from '../kinds/management.ts'

/** Differences that the manifest puts up with. */
export interface Tolerance extends Tolerated {
  selector: Selector
}

/** `management.ignore`, read. What cannot be read is refused before anybody asks for it. */
export const tolerancesOf = ({ ignore = [] }: Pick<Management, 'ignore'>): Tolerance[] =>
  ignore.flatMap(({ path, until, reason }) => {
    const parsed = parseSelector(path)
    const tolerated = {
      ...(until === undefined ? {} : { until }),
      ...(reason === undefined ? {} : { reason }),
    }
    return parsed.is === 'Selector' ? [{ selector: parsed.steps, ...tolerated }] : []
  })

/** How a difference is put up with at an instant; where several paths meet it, by the one that lasts longest. */
export function toleratedBy(
  tolerances: readonly Tolerance[],
  { path }: Difference,
  now: string,
): Tolerated | undefined {
  const [longest] = tolerances
    .filter((one) => endOf(one) > Date.parse(now) && isSelected(one.selector, path))
    .toSorted((a, b) => endOf(b) - endOf(a))
  if (longest === undefined) return undefined
  const { selector: _selector, ...tolerated } = longest
  return tolerated
}

/** When the first of these differences stops being tolerated, in milliseconds since the epoch. */
export const firstEnd = (differences: readonly Difference[]): number =>
  Math.min(...differences.flatMap(({ tolerated }) => (tolerated === undefined ? [] : [endOf(tolerated)])))

const endOf = ({ until }: Tolerated): number =>
  until === undefined ? Number.POSITIVE_INFINITY : Date.parse(until)
