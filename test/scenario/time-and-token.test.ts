import { describe, expect } from 'vitest'
import { inTrouble, move } from './in-trouble.ts'
import { job } from './manifests.ts'
import { idOf } from './observer.ts'
import { Survival } from './survival.ts'
import { until } from './until.ts'

/* What happens to the operator itself: its clock is set, it stands still for a minute, its token is taken away. */

const it = inTrouble()

const minute = 60_000
const hour = 60 * minute

describe('a clock that is set', () => {
  it.for([
    ['forward', hour],
    ['back', -hour],
  ] as const)('an hour %s changes nothing of what is done', async ([direction, jump], { world, task }) => {
    const { kubernetes, databricks } = world
    // One create is under way whose answer is lost: how long it may still take effect is a matter of time.
    const lost = `lost-${direction}`
    await databricks.fault({ match: 'POST /api/2.2/jobs/create', when: 'after', reset: true })
    await kubernetes.apply(job(lost))
    await until('the answer is lost', async () => (await databricks.faultsLeft()) === 0)
    await move(world, { jump })
    const id = idOf(await kubernetes.ready('JobSpec', lost))
    expect(await databricks.jobsNamed(lost)).toEqual([id])

    const story = await Survival.begin(world, task, `clock-${direction}`)
    await move(world, { jump: -2 * jump })
    await story.edit()
    await story.end()
    await move(world, { jump })
  })
})

describe('a process that stands still', () => {
  it.for([
    ['for a minute', minute],
    ['for longer than its lease', 11 * minute],
  ] as const)('%s goes on with what is true by then', async ([how, leap], { world, task }) => {
    const { operator } = world
    const story = await Survival.begin(world, task, `frozen-${how.replaceAll(' ', '-')}`)
    operator.freeze()
    // It hears of the time that has passed as soon as it wakes, before anything else.
    const passed = move(world, { leap })
    await story.edit()
    operator.thaw()
    await passed
    await story.end()
  })
})

describe('a token', () => {
  it('that is revoked and replaced is taken from its file again', async ({ world, proxy, task }) => {
    const story = await Survival.begin(world, task, 'revoked')
    await world.revokeToken()
    await story.edit()
    await until('it is refused to the operator, too', () =>
      proxy.exchanges.some(({ status, resource }) => status === 401 && resource === 'jobspecs'),
    )
    await story.look()
    await world.replaceToken()
    await story.end()
  })
})
