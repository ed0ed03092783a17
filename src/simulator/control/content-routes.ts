import { z } from 'zod'
import type { Job } from '../jobs/job.ts'
import { startOf } from '../runs/run-start.ts'
import { outcomeSchema } from '../runs/outcomes.ts'
import type { Restore } from '../snapshot.ts'
import type { Workspace } from '../workspace.ts'
import { done, missing, withBody, wrong, type ControlRoute } from './route.ts'
import { ruleRoutes } from './trouble-routes.ts'

const startFailureSchema = z.strictObject({
  code: z.string().default('CLOUD_PROVIDER_RESOURCE_STOCKOUT'),
  type: z.enum(['SUCCESS', 'CLIENT_ERROR', 'SERVICE_FAULT', 'CLOUD_FAILURE']).default('CLOUD_FAILURE'),
  parameters: z.record(z.string(), z.string()).default({}),
})

const libraryFailureSchema = z.strictObject({
  message: z.string().default('Library installation failed for want of a reason.'),
})

const triggerSchema = z.strictObject({
  trigger: z.enum(['PERIODIC', 'FILE_ARRIVAL', 'CONTINUOUS', 'TABLE']).default('PERIODIC'),
})

/** Each is a copy of everything. */
const mostSnapshots = 100

/** What the workspace holds. */
export const contentRoutes = (workspace: Workspace): ControlRoute[] => [
  {
    method: 'POST',
    path: '/cluster-start-failures',
    handle: withBody(startFailureSchema, (reason) => workspace.clusters.failNextStart(reason)),
  },
  {
    method: 'POST',
    path: '/library-failures',
    handle: withBody(libraryFailureSchema, ({ message }) => workspace.libraries.failNext(message)),
  },
  {
    method: 'POST',
    path: '/clusters/{id}/purge',
    handle: ({ parameters: { id = '' } }) => (workspace.clusters.purge(id) ? done() : missing('cluster')),
  },
  {
    method: 'POST',
    path: '/jobs/{id}/purge',
    handle: ({ parameters: { id = '' } }) => {
      const job = jobWith(workspace, id)
      if (job === undefined) return missing('job')
      workspace.jobs.delete(job)
      return done()
    },
  },
  {
    method: 'POST',
    path: '/jobs/{id}/trigger',
    handle: withBody(triggerSchema, ({ trigger }, { parameters: { id = '' } }) => {
      const job = jobWith(workspace, id)
      if (job === undefined) return missing('job')
      const start = startOf(job, { creator: job.creator, switches: workspace.switches })
      if (start.taskKeys.length === 0) return wrong('The job has no tasks')
      return done({ runId: String(workspace.runs.start({ ...start, trigger }).id) })
    }),
  },
  ...ruleRoutes('/run-outcomes', outcomeSchema, workspace.runs.outcomes),
  ...snapshotRoutes(workspace, new Map()),
]

const jobWith = ({ jobs }: Workspace, id: string): Job | undefined =>
  /^[0-9]{1,19}$/.test(id) ? jobs.find(BigInt(id)) : undefined

/** States of the workspace, kept by name. */
const snapshotRoutes = (workspace: Workspace, kept: Map<string, Restore>): ControlRoute[] => [
  { method: 'GET', path: '/snapshots', handle: () => done([...kept.keys()]) },
  {
    method: 'PUT',
    path: '/snapshots/{name}',
    handle: ({ parameters: { name = '' } }) => {
      if (kept.size >= mostSnapshots && !kept.has(name)) return wrong(`At most ${mostSnapshots} are kept`)
      kept.set(name, workspace.snapshot())
      return done()
    },
  },
  {
    method: 'POST',
    path: '/snapshots/{name}/restore',
    handle: ({ parameters: { name = '' } }) => {
      const restore = kept.get(name)
      restore?.()
      return restore === undefined ? missing('snapshot') : done()
    },
  },
  {
    method: 'DELETE',
    path: '/snapshots/{name}',
    handle: ({ parameters: { name = '' } }) => (kept.delete(name) ? done() : missing('snapshot')),
  },
]
