import { randomBytes } from 'node:crypto'
import { describe, expect } from 'vitest'
import { encodeLastApplied } from '../../src/drift/last-applied.ts'
import { noRules } from '../../src/drift/rules.ts'
import type { KubeProxy } from '../kube-faults/proxy.ts'
import { inTrouble } from './in-trouble.ts'
import { job, task, within, workspace } from './manifests.ts'
import { idOf, type Observed } from './observer.ts'
import { until } from './until.ts'
import type { World } from './world.ts'

/* Very many objects at once, and the largest that the API server takes. */

const it = inTrouble()

/** As many as a person would wait for here, and as many as the operator has to stand in a soak. */
const many = Number(process.env.LAKEWARD_MANY ?? 100)
const patience = 600_000

const taskBytes = 10_000
/** Surely too many. */
const mostBytes = 1_572_864
const stepBytes = 2_500

/** What a status keeps of what was last written, in characters. */
const mostRemembered = 131_072

const jobsOf = ({ namespace }: World): string => `/apis/lakeward.dev/v1beta1/namespaces/${namespace}/jobspecs`
const names = Array.from({ length: many }, (_, index) => `many-${index}`)

/** Does the same for each name, some at a time. */
async function forAll(act: (name: string) => Promise<void>): Promise<void> {
  const left = names.values()
  const worker = async () => {
    for (const name of left) await act(name)
  }
  await Promise.all(Array.from({ length: 16 }, worker))
}

function allAre(world: World, generation: number): Promise<unknown> {
  const isSo = ({ metadata, status }: Observed) =>
    metadata.generation === generation &&
    status.observedGeneration === generation &&
    status.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') === true
  return until(
    `all ${many} are ready`,
    () => names.every((name) => isSo(world.kubernetes.object('JobSpec', name))),
    patience,
  )
}

describe('objects', () => {
  it(
    `${many} of them changed within a second are each acted on once`,
    { timeout: 2 * patience },
    async ({ world, proxy, task }) => {
      const { kubernetes, server, audit } = world
      const databricks = await world.anotherDatabricks()
      const fast = workspace('fast', databricks.url)
      const budget = { requestsPerSecond: 1_000 }
      await kubernetes.applyText(JSON.stringify({ ...fast, spec: { ...fast.spec, budget } }))
      await forAll((name) => server.send('POST', jobsOf(world), within('fast', job(name))))
      await allAre(world, 1)

      // The server ends a watch after minutes; this one has to be young to outlast what comes on a busy machine.
      const before = opened(proxy)
      proxy.cut()
      await until('another watch is open', () => opened(proxy) > before)
      proxy.orderLine({ on: { resource: 'jobspecs' }, fault: { is: 'LineHeld' } })
      await forAll((name) =>
        server.send('PATCH', `${jobsOf(world)}/${name}`, { spec: { maxConcurrentRuns: 2 } }),
      )
      await until('the operator has heard of none', () => proxy.heldLines >= many, patience)
      const audited = (await audit.writes()).length
      const { writes } = await databricks.during(async () => {
        const began = performance.now()
        proxy.release()
        await allAre(world, 2)
        task.meta.convergedIn = performance.now() - began
      })
      expect(writes.map(({ path }) => path)).toEqual(names.map(() => '/api/2.2/jobs/update'))
      const ids = names.map((name) => idOf(kubernetes.object('JobSpec', name)))
      expect(new Set(writes.map(({ body }) => String((body as { job_id: unknown }).job_id)))).toEqual(
        new Set(ids),
      )
      expect((await audit.writes()).slice(audited).toSorted()).toEqual(
        names.map((name) => `patch jobspecs/status ${name} 200`).toSorted(),
      )
    },
  )

  it('so large that the API server may have no room for a status lose no id: made smaller, they go on with it', async ({
    world,
    task,
  }) => {
    const { kubernetes, databricks, server } = world
    const bytes = await applyLargest(world)
    expect(bytes).toBeGreaterThan(1_400_000)
    const isReady = { Ready: 'True Applied', Drifted: 'False NoDrift' }
    // What is left of the 1.5 MiB may hold all of the status, some of it, or nothing.
    await until('it is reported on, or said that it cannot be', () => {
      const ready = kubernetes.object('JobSpec', 'large').status.conditions?.length
      const said = kubernetes.seen.events('JobSpec', 'large')
      return ready !== undefined || said.some((event) => event.includes('NoRoomForStatus'))
    })
    const before = await databricks.jobsNamed('large')
    const over = performance.now()
    await server.send('PATCH', `${jobsOf(world)}/large`, { spec: largeJob(bytes / 2).spec })
    const id = idOf(await kubernetes.has('JobSpec', 'large', isReady))
    task.meta.convergedIn = performance.now() - over
    expect(await databricks.jobsNamed('large')).toEqual([id])
    expect(before.filter((one) => one !== id)).toEqual([])
  })

  it('are remembered whole as long as a status has room for it, and task by task beyond', async ({
    world,
  }) => {
    const { kubernetes, databricks, server } = world
    const applied = async (generation: number) => {
      await until(`generation ${generation} is seen`, () => {
        return kubernetes.seen.latest('JobSpec', 'remembered')?.metadata.generation === generation
      })
      return kubernetes.has('JobSpec', 'remembered', { Ready: 'True Applied', Drifted: 'False NoDrift' })
    }
    const { manifest, text } = longestRemembered('remembered')
    expect(text.length).toBeGreaterThan(130_000)
    await server.send('POST', jobsOf(world), manifest)
    expect((await applied(1)).status.lastApplied).toBe(text)

    const { spec } = largeJob(500_000, 'remembered')
    const parameters = [{ name: 'ours', default: 'x'.repeat(100) }]
    await server.send('PATCH', `${jobsOf(world)}/remembered`, { spec: { ...spec, parameters } })
    const summed = await applied(2)
    expect(summed.status.lastApplied?.length).toBeLessThan(10_000)

    // Only what is remembered tells that the parameters were ours, and go with the manifest, and Ana's limit was not.
    const id = idOf(summed)
    const change = { job_id: BigInt(id), new_settings: { timeout_seconds: 600 } }
    await databricks.ana.post('/api/2.2/jobs/update', change)
    await server.send('PATCH', `${jobsOf(world)}/remembered`, { spec: { parameters: null } })
    await applied(3)
    const job = await databricks.job(id)
    expect(job?.at('settings.parameters') ?? []).toEqual([])
    expect(job?.at('settings.timeout_seconds')).toBe(600)
  })
})

/** How often the operator has seen a watch of jobs begin. */
const opened = ({ exchanges }: KubeProxy): number =>
  exchanges.filter(
    ({ verb, resource, status }) => verb === 'watch' && resource === 'jobspecs' && status === 200,
  ).length

/** A job with so many bytes of parameters, which do not compress well. */
function largeJob(bytes: number, name = 'large') {
  const tasks = Array.from({ length: Math.ceil(bytes / taskBytes) }, (_, index) => {
    const length = Math.min(taskBytes, bytes - index * taskBytes)
    const noise = randomBytes(length).toString('base64url').slice(0, length)
    return task(`t${index}`, { notebookTask: { notebookPath: '/Shared/t', baseParameters: { noise } } })
  })
  const made = job(name, { tasks })
  return { ...made, spec: { ...made.spec, tasks } }
}

/** The largest job, to some bytes, that a status can remember whole, and how it does. */
function longestRemembered(name: string) {
  for (let bytes = mostRemembered; ; bytes -= 100) {
    const manifest = largeJob(bytes, name)
    const text = encodeLastApplied({ '': manifest.spec }, { rules: noRules, key: '' }) ?? ''
    if (text.length > bytes / 2 && text.length <= mostRemembered) return { manifest, text }
  }
}

/** Makes the largest job that is taken, to some kilobytes: etcd takes no more than 1.5 MiB. Returns its size. */
async function applyLargest(world: World): Promise<number> {
  for (let bytes = mostBytes; ; bytes -= stepBytes) {
    try {
      await world.server.send('POST', jobsOf(world), largeJob(bytes))
      return bytes
    } catch (error) {
      if (!String(error).includes('request is too large')) throw error
    }
  }
}
