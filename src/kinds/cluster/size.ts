import type { JsonObject } from '../../databricks/json.ts'
import type { Difference } from '../../drift/compare.ts'
import { memberOf, type Value } from '../../drift/value.ts'
import type { Fields } from './edit.ts'

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

const sizes = ['num_workers', 'autoscale'] as const

/** Whether fields that are about to be sent say anything about the size. */
export const saysSize = (fields: Fields): boolean => sizes.some((name) => fields.has(name))

/** The same fields; if they say anything about the size, then all of the wanted one, whatever part of it differs. */
export function withWholeSize(fields: Fields, wanted: Value): Fields {
  const hasSize = memberOf(wanted, 'numWorkers') !== undefined || memberOf(wanted, 'autoscale') !== undefined
  if (!saysSize(fields) || !hasSize) return fields
  const cleared = sizes.filter((name) => fields.has(name)).map((name) => [name, undefined] as const)
  return new Map([...fields, ...cleared, ...Object.entries(sizeOf(wanted))])
}

/**
 * The last look at a size that goes out: it never takes all workers away, unless the manifest says so. Whatever got it
 * there is a bug of ours, and nothing is sent: a tool like this one once did that to clusters in production, and said
 * success. `before` is the cluster as it was read.
 */
export function assertWorkers(
  body: JsonObject,
  { wanted, before }: { wanted: Value; before: JsonObject },
): void {
  const isMeant = number(wanted, 'numWorkers') === 0 || memberOf(wanted, 'isSingleNode') === true
  const hadNone = before['autoscale'] === undefined && before['num_workers'] === 0
  if (hasNone(body) && !isMeant && !hadNone)
    throw new Error('the cluster would be left without workers, which the manifest does not say')
}

const hasNone = ({ autoscale, num_workers: workers }: JsonObject): boolean =>
  autoscale === undefined && (workers ?? 0) === 0

/**
 * Whether bringing this difference about may take workers away. Scaling that goes leaves the `fixed` number: it waits
 * when that one waits, as half of a size cannot be sent.
 */
export function wouldShrink(
  { path, wanted, found }: Difference,
  whole: Value,
  fixed: number | undefined,
): boolean {
  const isUnit = path.length === 1 && path[0] === 'autoscale'
  const after = isUnit ? (number(wanted ?? null, 'maxWorkers') ?? fixed) : plain(wanted)
  const before = isUnit
    ? (number(whole, 'numWorkers') ?? number(found ?? null, 'maxWorkers'))
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
