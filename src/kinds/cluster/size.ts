import type { JsonObject } from '../../databricks/json.ts'
import type { Difference } from '../../drift/compare.ts'
import { memberOf, type Value } from '../../drift/value.ts'

/** Fields that clusters/resize can change without a restart. */
export const isSize = ({ path: [first] }: Difference): boolean =>
  first === 'numWorkers' || first === 'autoscale'

/** The wanted size as clusters/resize takes it: autoscale if the manifest has it, else the number. */
export function sizeOf(wanted: Value): JsonObject {
  const [low, high] = [number(wanted, 'autoscale', 'minWorkers'), number(wanted, 'autoscale', 'maxWorkers')]
  if (low !== undefined && high !== undefined) return { autoscale: { min_workers: low, max_workers: high } }
  const workers = number(wanted, 'numWorkers')
  if (workers === undefined) throw new Error('a size differs that the manifest does not have')
  return { num_workers: workers }
}

/** Whether bringing this difference about may take workers away. */
export function wouldShrink({ path, wanted, found }: Difference, whole: Value): boolean {
  const isUnit = path.length === 1 && path[0] === 'autoscale'
  const after = isUnit ? number(wanted ?? null, 'maxWorkers') : plain(wanted)
  const before = isUnit
    ? (number(found ?? null, 'maxWorkers') ?? number(whole, 'numWorkers'))
    : (plain(found) ?? number(whole, 'autoscale', 'maxWorkers'))
  return after !== undefined && before !== undefined && after < before
}

const plain = (value: Value | undefined): number | undefined =>
  typeof value === 'number' ? value : undefined

function number(value: Value, ...path: string[]): number | undefined {
  let at: Value | undefined = value
  for (const name of path) at = memberOf(at, name)
  return plain(at)
}
