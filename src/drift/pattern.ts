/** One step of a rule's path: a named member, every key of a map, or every item of a list. */
export type PatternStep = { is: 'Member'; name: string } | { is: 'AnyKey' } | { is: 'EachItem' }

const step =
  /\.?(?:(?<name>[A-Za-z][A-Za-z0-9_-]*)|(?<any>\*)|(?<each>\[\])|\[(?<quoted>"(?:[^"\\]|\\.)*")\])/y

/**
 * Reads `tasks[].newCluster.sparkConf["spark.master"]` or `tags.*`. The empty pattern is the value itself.
 * Throws on anything else: rule tables are code, so a bad pattern is a bug.
 */
export function parsePattern(pattern: string): PatternStep[] {
  const steps: PatternStep[] = []
  step.lastIndex = 0
  while (step.lastIndex < pattern.length) {
    const at = step.lastIndex
    const groups = step.exec(pattern)?.groups
    if (groups === undefined) throw new Error(`rule path ${pattern}: cannot be read from character ${at} on`)
    if (groups['any'] !== undefined) steps.push({ is: 'AnyKey' })
    else if (groups['each'] !== undefined) steps.push({ is: 'EachItem' })
    else steps.push({ is: 'Member', name: groups['name'] ?? (JSON.parse(groups['quoted'] ?? '') as string) })
  }
  return steps
}
