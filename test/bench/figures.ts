import type { Figure, Section } from './benchmark.ts'

const mebibyte = 1024 * 1024

export const seconds = (name: string, value: number): Figure => ({ name, value, unit: 's' })
export const memory = (name: string, bytes: number): Figure => ({
  name,
  value: bytes / mebibyte,
  unit: 'MiB',
})
export const milliseconds = (name: string, value: number): Figure => ({ name, value, unit: 'ms' })
export const microseconds = (name: string, value: number): Figure => ({ name, value, unit: 'µs' })
export const kibibytes = (name: string, bytes: number): Figure => ({
  name,
  value: bytes / 1_024,
  unit: 'KiB',
})
export const perHour = (name: string, value: number): Figure => ({ name, value, unit: 'per hour' })
export const ratio = (name: string, value: number): Figure => ({ name, value, unit: '×' })
export const amount = (name: string, value: number): Figure => ({ name, value, unit: '' })

/** How many requests of each sort there were, per object, the most frequent first; then all together. */
export function requests(title: string, sorts: readonly string[], objects: number): Section {
  const perObject = (name: string, number: number): Figure => ({
    name,
    value: number / objects,
    unit: 'per object',
  })
  const counts = Object.entries(Object.groupBy(sorts, (sort) => sort))
    .map(([sort, all = []]) => perObject(sort, all.length))
    .toSorted((a, b) => b.value - a.value)
  return { title, figures: [...counts, perObject('all', sorts.length)] }
}

/** The value that a share of all values does not exceed; the values must not be none. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  const value = sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)]
  if (value === undefined) throw new Error('no values to take a percentile of')
  return value
}
