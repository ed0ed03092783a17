import { randomBytes } from 'node:crypto'
import { describe } from 'vitest'
import { looseSchemas } from './loose-schemas.ts'
import { job, task } from './manifests.ts'
import { OwnCluster } from './own-cluster.ts'
import { holdPage } from './recorded-pages.ts'
import { recordingIn, told } from './recording.ts'
import { until } from './until.ts'
import type { World } from './world.ts'

/* What docs/safety.md shows of objects of which nothing can be said, or read. Definitions change here. */

const it = recordingIn('sa-3', { cluster: () => OwnCluster.start() })

/** More than an object may have, and what is known to be taken. */
const mostBytes = 1_572_864
const stepBytes = 4_096

/** Whether it is not too large. */
const isTaken = async (send: () => Promise<void>) => {
  try {
    await send()
    return true
  } catch (error) {
    if (String(error).includes('request is too large')) return false
    throw error
  }
}

/** Makes a job that leaves no byte of what etcd takes. */
async function fill({ server, namespace }: World, name: string): Promise<void> {
  const jobs = `/apis/lakeward.dev/v1beta1/namespaces/${namespace}/jobspecs`
  let bytes = mostBytes
  while (!(await isTaken(() => server.send('POST', jobs, largeJob(name, bytes))))) bytes -= stepBytes
  let filling = ''
  for (let more = stepBytes / 2; more >= 1; more /= 2) {
    const longer = filling.padEnd(filling.length + more, '.')
    const metadata = { annotations: { filling: longer } }
    if (await isTaken(() => server.send('PATCH', `${jobs}/${name}`, { metadata }))) filling = longer
  }
}

function largeJob(name: string, bytes: number) {
  const length = 10_000
  const tasks = Array.from({ length: Math.ceil(bytes / length) }, (_, index) => {
    const size = Math.min(length, bytes - index * length)
    const text = randomBytes(size).toString('base64url').slice(0, size)
    return task(`t${index}`, { notebookTask: { notebookPath: '/Shared/t', baseParameters: { text } } })
  })
  return job(name, { tasks })
}

describe('an object', () => {
  it('has no room for a status', async ({ world, transcript }) => {
    const { operator } = world
    await operator.stop()
    await fill(world, 'all-of-it')
    await operator.start()
    await told(world, 'all-of-it', 'NoRoomForStatus')
    await transcript.types('no-room', 'get jobspec all-of-it')
    await transcript.types('no-room', 'events --for jobspec/all-of-it')
  })

  it('has a status of another version', async ({ world: { kubernetes }, transcript }) => {
    await kubernetes.apply(job('newer'))
    await kubernetes.ready('JobSpec', 'newer')
    await kubernetes.kubectl(['apply', '--server-side', '--force-conflicts', '-f', '-'], looseSchemas())
    const status = ['patch', 'jobspec', 'newer', '--subresource=status', '--type=merge', '-p']
    await until('the server takes it', async () => {
      const { code } = await kubernetes.tryKubectl([...status, '{"status":{"origin":"Restored"}}'])
      return code === 0
    })
    await kubernetes.kubectl(['annotate', 'jobspec', 'newer', 'lakeward.dev/reconcile-at=now'])
    await until('it is found', async () =>
      (await kubernetes.kubectl(['get', 'jobspec', 'newer'])).includes('StatusUnreadable'),
    )
    await transcript.explains('unreadable', 'jobspec newer')
  })
})

it('is what docs/safety.md shows', ({ transcript }) => holdPage('safety.md', transcript.blocks, 'trouble'))
