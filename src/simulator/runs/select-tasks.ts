import { invalidParameter, type Refusal } from '../http/refusal.ts'
import type { Task } from '../jobs/task.ts'

/**
 * The keys of the tasks that run-now's `only` names: a key alone, `+key` with all it waits for, `key+` with
 * all that waits for it.
 */
export function selectTasks(tasks: readonly Task[], only: readonly string[]): string[] | Refusal {
  const keys = new Set(tasks.map(({ task_key }) => task_key))
  const selected = new Set<string>()
  for (const wish of only) {
    const key = wish.replace(/^\+/, '').replace(/\+$/, '')
    if (!keys.has(key)) return invalidParameter(`The task '${key}' in only does not exist.`)
    selected.add(key)
    if (wish.startsWith('+')) for (const each of reach([key], upstreamOf(tasks))) selected.add(each)
    if (wish.endsWith('+')) for (const each of dependantsOf(tasks, [key])) selected.add(each)
  }
  return [...keys].filter((key) => selected.has(key))
}

/** The keys of all tasks that wait for these, directly or not; they themselves are among them. */
export const dependantsOf = (tasks: readonly Task[], keys: readonly string[]): ReadonlySet<string> =>
  reach(keys, downstreamOf(tasks))

type Edges = ReadonlyMap<string, readonly string[]>

const upstreamOf = (tasks: readonly Task[]): Edges =>
  new Map(tasks.map(({ task_key, depends_on = [] }) => [task_key, depends_on.map((each) => each.task_key)]))

function downstreamOf(tasks: readonly Task[]): Edges {
  const edges = new Map<string, string[]>()
  for (const { task_key, depends_on = [] } of tasks) {
    for (const { task_key: awaited } of depends_on) {
      edges.set(awaited, [...(edges.get(awaited) ?? []), task_key])
    }
  }
  return edges
}

function reach(from: readonly string[], edges: Edges): ReadonlySet<string> {
  const reached = new Set(from)
  for (const key of reached) for (const next of edges.get(key) ?? []) reached.add(next)
  return reached
}
