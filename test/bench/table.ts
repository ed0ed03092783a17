import type { Section } from './benchmark.ts'

/** Sections as text for a terminal: names to the left, numbers below each other. */
export function tableOf(sections: readonly Section[]): string {
  const figures = sections.flatMap((section) => section.figures)
  const nameWidth = Math.max(...figures.map(({ name }) => name.length))
  const valueWidth = Math.max(...figures.map(({ value }) => display(value).length))
  return sections
    .map(({ title, figures }) =>
      [
        title,
        ...figures.map(({ name, value, unit }) =>
          `  ${name.padEnd(nameWidth)}  ${display(value).padStart(valueWidth)} ${unit}`.trimEnd(),
        ),
      ].join('\n'),
    )
    .join('\n\n')
}

/** Counts whole, everything else with as many digits as mean something. */
function display(value: number): string {
  if (Number.isInteger(value)) return String(value)
  if (value >= 100) return value.toFixed(0)
  return value >= 10 ? value.toFixed(1) : value.toFixed(3)
}
