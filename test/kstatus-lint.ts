import { isObject } from '../src/databricks/json.ts'
import { reasons } from '../src/reconcile/reasons.ts'

/** A condition as it may come over the wire: nothing about it is taken for granted. */
interface Condition {
  type?: unknown
  status?: unknown
  reason?: unknown
  message?: unknown
  lastTransitionTime?: unknown
  observedGeneration?: unknown
}

/** As much of an object as its health is read from. */
export interface Linted {
  kind?: string
  metadata: { name: string; generation?: number }
  status?: {
    observedGeneration?: number | undefined
    conditions?: Condition[] | undefined
    drift?: unknown
  }
}

/** Present only while they are true: their mere presence means something to kstatus. */
const onlyWhenTrue = ['Reconciling', 'Stalled']

/**
 * What tools that know nothing of us would misread in a status, as sentences; empty when it is sound.
 * The rules are those of kstatus, which `kubectl`, Argo CD and Flux judge an object's health by, and the
 * conventions it builds on.
 * https://github.com/kubernetes-sigs/cli-utils/blob/master/pkg/kstatus/README.md
 */
export function lint(object: Linted): string[] {
  const { metadata, status = {} } = object
  const { observedGeneration, conditions = [], drift } = status
  const generation = metadata.generation ?? 0
  const problems: string[] = []
  if (observedGeneration === undefined) problems.push('status.observedGeneration is missing')
  else if (observedGeneration > generation)
    problems.push(`status.observedGeneration ${observedGeneration} is ahead of generation ${generation}`)
  // Nobody has reported yet: kstatus waits because of the -1, and a condition would be somebody's guess.
  if (observedGeneration === -1 && conditions.length === 0) return named(object, problems)
  if (observedGeneration === -1) problems.push('there are conditions, but nobody has looked (-1)')
  return named(object, [
    ...problems,
    ...conditions.flatMap((condition) => lintCondition(condition, generation)),
    ...lintTogether(conditions, observedGeneration),
    ...(isObject(drift) ? lintCount(conditions, drift['count']) : []),
  ])
}

/**
 * What must hold between two successive statuses of one object: a transition time tells when the status of a
 * condition changed, and nothing else moves it.
 */
export function lintChange(before: Linted, after: Linted): string[] {
  const was = new Map(before.status?.conditions?.map((condition) => [condition.type, condition]))
  const problems = (after.status?.conditions ?? []).flatMap(({ type, status, lastTransitionTime }) => {
    const former = was.get(type)
    return former?.status === status && former?.lastTransitionTime !== lastTransitionTime
      ? [`${String(type)} has a new lastTransitionTime, but its status is still ${String(status)}`]
      : []
  })
  const [last, next] = [before.status?.observedGeneration ?? -1, after.status?.observedGeneration ?? -1]
  if (next < last) problems.push(`status.observedGeneration went back from ${last} to ${next}`)
  return named(after, problems)
}

function lintCondition(condition: Condition, generation: number): string[] {
  const { type, status, reason, message, lastTransitionTime, observedGeneration } = condition
  const problems: string[] = []
  if (typeof type !== 'string' || !camelCase.test(type)) problems.push('has no type in CamelCase')
  if (status !== 'True' && status !== 'False' && status !== 'Unknown')
    problems.push(`has the status ${String(status)}`)
  if (onlyWhenTrue.includes(String(type)) && status !== 'True')
    problems.push(`is there with status ${String(status)}; it must be absent instead`)
  if (typeof reason !== 'string' || !camelCase.test(reason)) problems.push('has no reason in CamelCase')
  else if (!Object.hasOwn(reasons, reason))
    problems.push(`has the reason ${reason}, which is not in the closed list`)
  if (typeof message !== 'string' || message.trim() === '') problems.push('has no message')
  if (typeof lastTransitionTime !== 'string' || !instant.test(lastTransitionTime))
    problems.push('has no lastTransitionTime')
  if (typeof observedGeneration !== 'number') problems.push('has no observedGeneration')
  else if (observedGeneration > generation)
    problems.push(`has observedGeneration ${observedGeneration}, ahead of generation ${generation}`)
  return problems.map((problem) => `${String(type)} ${problem}`)
}

function lintTogether(conditions: readonly Condition[], observedGeneration: number | undefined): string[] {
  const byType = Map.groupBy(conditions, ({ type }) => type)
  const isTrue = (type: string) => byType.get(type)?.[0]?.status === 'True'
  const problems = [...byType].flatMap(([type, same]) =>
    same.length > 1 ? [`${String(type)} is there ${same.length} times`] : [],
  )
  const ready = byType.get('Ready')?.[0]
  if (ready === undefined) problems.push('Ready is missing')
  for (const type of onlyWhenTrue)
    if (isTrue('Ready') && isTrue(type)) problems.push(`Ready and ${type} are both True`)
  if (isTrue('Reconciling') && isTrue('Stalled')) problems.push('Reconciling and Stalled are both True')
  // kstatus compares the root's generation only, so a Ready of an older one would pass for the new one's.
  if (ready?.status === 'True' && ready.observedGeneration !== observedGeneration)
    problems.push('Ready is True for another generation than status.observedGeneration')
  return problems
}

/** A number is read as known, whatever stands beside it. */
function lintCount(conditions: readonly Condition[], count: unknown): string[] {
  const isUnknown = conditions.some(({ type, status }) => type === 'Drifted' && status === 'Unknown')
  if (isUnknown && count !== undefined)
    return [`drift.count is ${JSON.stringify(count)}, and Drifted is Unknown`]
  return isUnknown || count !== undefined ? [] : ['drift.count is missing, and Drifted is not Unknown']
}

const camelCase = /^[A-Z][A-Za-z0-9]*$/
const instant = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/

const named = ({ kind = 'object', metadata }: Linted, problems: readonly string[]): string[] =>
  problems.map((problem) => `${kind} ${metadata.name}: ${problem}`)
