import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Task } from '../../src/simulator/jobs/task.ts'
import { outcomeSchema } from '../../src/simulator/runs/outcomes.ts'
import { startOf } from '../../src/simulator/runs/run-start.ts'
import type { Run } from '../../src/simulator/runs/run.ts'
import { seedContent } from '../../src/simulator/seed-content.ts'
import { usualSwitches } from '../../src/simulator/switches.ts'
import { VirtualClock } from '../../src/simulator/virtual-clock.ts'
import { createWorkspace } from '../../src/simulator/workspace.ts'
import { stillClock } from './harness.ts'

/** One task of a graph without circles: each may wait for earlier ones only. */
const aTask = fc.record({
  waitsFor: fc.array(fc.nat(7), { maxLength: 3 }),
  run_if: fc.constantFrom<NonNullable<Task['run_if']>>(
    'ALL_SUCCESS',
    'ALL_DONE',
    'NONE_FAILED',
    'AT_LEAST_ONE_SUCCESS',
    'AT_LEAST_ONE_FAILED',
    'ALL_FAILED',
  ),
  disabled: fc.boolean(),
  max_retries: fc.integer({ min: -1, max: 2 }),
  min_retry_interval_millis: fc.constantFrom(0, 1, 60_000),
  timeout_seconds: fc.constantFrom(0, 3, 10, 100),
  retry_on_timeout: fc.boolean(),
})
const someTasks = fc.array(aTask, { minLength: 1, maxLength: 8 }).map((all) =>
  all.map(({ waitsFor, ...task }, index): Task => {
    const keys = [...new Set(waitsFor.filter((other) => other < index))]
    const depends_on = keys.map((key) => ({ task_key: `t${key}` }))
    return { task_key: `t${index}`, notebook_task: { notebook_path: '/x' }, depends_on, ...task }
  }),
)
const anOrder = fc.record({
  taskKey: fc.nat(7).map((index) => `t${index}`),
  result: fc.constantFrom('SUCCESS', 'FAILED'),
  seconds: fc.constantFrom(0, 1, 7.5, 50),
  setupSeconds: fc.constantFrom(0, 5),
  count: fc.integer({ min: 1, max: 3 }),
})
const aScene = fc.record({
  tasks: someTasks,
  orders: fc.array(anOrder, { maxLength: 6 }),
  max_concurrent_runs: fc.integer({ min: 1, max: 3 }),
  runs: fc.integer({ min: 1, max: 5 }),
  timeout_seconds: fc.constantFrom(0, 20, 500),
  cancelAfter: fc.option(fc.constantFrom(0, 5, 12, 60)),
})

type Scene = ReturnType<typeof aScene.generate>['value']

/** The runs of a scene when all is over, looked at after each of these steps in seconds. */
function play(scene: Scene, steps: readonly number[]): readonly Run[] {
  const { tasks, max_concurrent_runs, timeout_seconds, orders } = scene
  const clock = new VirtualClock(stillClock(), 0)
  const space = createWorkspace({ clock, seed: 7, switches: usualSwitches, content: seedContent })
  const ana = space.principals.namedOrNewAdmin('ana@example.com')
  const settings = { tasks, max_concurrent_runs, timeout_seconds, queue: { enabled: true } }
  const job = space.jobs.add({ creator: ana, settings })
  for (const order of orders) space.runs.outcomes.add(outcomeSchema.parse(order))
  const runs = Array.from({ length: scene.runs }, () =>
    space.runs.start(startOf(job, { creator: ana.name, switches: usualSwitches })),
  )
  if (scene.cancelAfter !== null) {
    clock.advance(scene.cancelAfter * 1000)
    const [first] = runs
    if (first !== undefined) space.runs.cancel(first)
  }
  for (const seconds of steps) {
    clock.advance(seconds * 1000)
    space.runs.settle()
    const going = runs.filter(({ phase }) => phase === 'Active' || phase === 'Terminating')
    expect(going.length).toBeLessThanOrEqual(max_concurrent_runs)
  }
  return runs
}

/** What of a run could be seen: without its ids, which come from chance. */
const visible = ({ startedAt, endedAt, ending, attempts }: Run) => ({
  startedAt,
  endedAt,
  ending,
  attempts: attempts.map(({ task, number, startedAt: from, ranAt, endedAt: to, ending: end }) => ({
    key: task.task_key,
    number,
    from,
    ranAt,
    to,
    result: end?.result,
  })),
})

describe('whatever the tasks of a job are and however they go', () => {
  it('all its runs come to an end, and what happened does not depend on who looked when', () => {
    fc.assert(
      fc.property(aScene, fc.array(fc.integer({ min: 0, max: 40 }), { maxLength: 12 }), (scene, steps) => {
        const total = 40 * 86_400
        const seldom = play(scene, [total])
        const often = play(scene, [...steps, total - steps.reduce((sum, step) => sum + step, 0)])
        expect(seldom.map(({ phase }) => phase)).toEqual(seldom.map(() => 'Ended'))
        expect(often.map(visible)).toEqual(seldom.map(visible))
      }),
      { numRuns: 200 },
    )
  })

  it('attempts begin after what they wait for, one after the other, and within their run', () => {
    fc.assert(
      fc.property(aScene, (scene) => {
        for (const run of play(scene, [40 * 86_400])) {
          const ended = new Map<string, number>()
          for (const { task, startedAt, ranAt, endedAt } of run.attempts) {
            if (startedAt > 0) {
              const awaited = (task.depends_on ?? []).map(
                ({ task_key }) => run.latest.get(task_key)?.endedAt ?? 0,
              )
              expect(startedAt).toBeGreaterThanOrEqual(Math.max(run.startedAt, ...awaited))
              expect(startedAt).toBeGreaterThanOrEqual(ended.get(task.task_key) ?? 0)
              expect(endedAt).toBeGreaterThanOrEqual(Math.max(startedAt, ranAt))
            }
            expect(endedAt).toBeLessThanOrEqual(run.endedAt)
            ended.set(task.task_key, endedAt)
          }
        }
      }),
      { numRuns: 200 },
    )
  })
})
