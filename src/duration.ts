/** What a duration looks like in a flag or a manifest: `90s`, `10m`, `1h30m`, `500ms`. */
export const durationPattern = /^([0-9]+(ms|s|m|h))+$/

const milliseconds = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 } as const
const isUnit = (unit: string): unit is keyof typeof milliseconds => unit in milliseconds

/**
 * Milliseconds of a duration such as `30s` or `1h30m`; undefined when the text is not one.
 * The units are those that Kubernetes' own durations share with ours: ms, s, m, h.
 */
export function parseDuration(text: string): number | undefined {
  if (!durationPattern.test(text)) return undefined
  let total = 0
  for (const [, amount, unit] of text.matchAll(/([0-9]+)(ms|s|m|h)/g)) {
    if (unit !== undefined && isUnit(unit)) total += Number(amount) * milliseconds[unit]
  }
  return total
}

/** A duration in its shortest exact form: 90_000 → `1m30s`. */
export function formatDuration(total: number): string {
  let rest = Math.max(0, Math.round(total))
  let text = ''
  for (const unit of ['h', 'm', 's', 'ms'] as const) {
    const amount = Math.floor(rest / milliseconds[unit])
    rest -= amount * milliseconds[unit]
    if (amount > 0) text += `${amount}${unit}`
  }
  return text === '' ? '0s' : text
}
