import type { ClusterSpec } from '../clusters/spec.ts'
import type { JobSettings } from '../jobs/settings.ts'
import type { Task } from '../jobs/task.ts'
import type { Random } from '../random.ts'
import { between, happens, oneOf, weighted } from './chance.ts'
import type { Circumstances } from './clusters.ts'
import type { Team } from './people.ts'
import { makeSpec } from './specs.ts'

const subjects = [
  'orders',
  'customers',
  'invoices',
  'shipments',
  'payments',
  'campaigns',
  'sensors',
  'ledger',
]
const verbs = ['load', 'clean', 'enrich', 'report', 'export', 'reconcile', 'score', 'archive']
const steps = ['extract', 'validate', 'stage', 'transform', 'merge', 'publish', 'measure', 'notify']

/** How many different clusters the jobs of a team use; jobs share them, and so does memory. */
const specsPerTeam = 8

/** Adds jobs as a company has them. */
export function addJobs(count: number, { random, staff, workspace }: Circumstances): void {
  const { cloud } = workspace.switches
  const specs = new Map(
    staff.map(({ team }) => [
      team,
      Array.from({ length: specsPerTeam }, () => makeSpec(random, { cloud, team })),
    ]),
  )
  for (let index = 0; index < count; index += 1) {
    const { team, members } = oneOf(random, staff)
    const settings = makeJob(random, { team, spec: oneOf(random, specs.get(team) ?? []), index })
    workspace.jobs.add({ creator: oneOf(random, members), settings })
  }
}

function makeJob(
  random: Random,
  { team, spec, index }: { team: Team; spec: ClusterSpec; index: number },
): JobSettings {
  const subject = oneOf(random, subjects)
  const verb = oneOf(random, verbs)
  const onCluster = happens(random, 0.8)
  return {
    name: `${team}-${subject}-${verb}-${String(index).padStart(5, '0')}`,
    ...(happens(random, 0.3) && { description: `To ${verb} the ${subject} of ${team}.` }),
    tags: { team, subject, env: oneOf(random, ['dev', 'test', 'prod']) },
    tasks: makeTasks(random, { folder: `/Shared/${team}/${subject}`, onCluster }),
    ...(onCluster && { job_clusters: [{ job_cluster_key: 'main', new_cluster: spec }] }),
    ...startOf(random),
    ...(happens(random, 0.2) && { parameters: [{ name: 'day', default: '{{job.start_time.iso_date}}' }] }),
    ...(happens(random, 0.6) && { email_notifications: { on_failure: [`${team}-alerts@example.com`] } }),
    ...(happens(random, 0.1) && {
      git_source: {
        git_url: `https://git.example.com/${team}/jobs`,
        git_provider: 'gitHub',
        git_branch: 'main',
      },
    }),
    max_concurrent_runs: weighted(random, [
      [1, 9],
      [4, 1],
    ]),
    timeout_seconds: happens(random, 0.3) ? 3600 * between(random, 1, 6) : 0,
    queue: { enabled: happens(random, 0.9) },
  }
}

/** When a job runs by itself, if at all. */
function startOf(random: Random): Pick<JobSettings, 'schedule' | 'trigger'> {
  const kind = weighted(random, [
    ['schedule', 12],
    ['trigger', 1],
    ['none', 7],
  ] as const)
  const pause_status = happens(random, 0.8) ? 'UNPAUSED' : 'PAUSED'
  if (kind === 'trigger') {
    const url = `/Volumes/main/bronze/landing/${oneOf(random, subjects)}`
    return { trigger: { pause_status, file_arrival: { url } } }
  }
  if (kind === 'none') return {}
  const quartz_cron_expression = `0 ${random.below(60)} ${random.below(24)} * * ?`
  const timezone_id = oneOf(random, ['UTC', 'Europe/Berlin', 'America/New_York'])
  return { schedule: { quartz_cron_expression, timezone_id, pause_status } }
}

function makeTasks(random: Random, { folder, onCluster }: { folder: string; onCluster: boolean }): Task[] {
  const count = weighted(random, [
    [1, 4],
    [2, 3],
    [3, 2],
    [steps.length, 1],
  ])
  return steps.slice(0, count).map((step, index) => ({
    task_key: step,
    ...(onCluster ? clusterWork(random, `${folder}/${step}`) : notebook(`${folder}/${step}`)),
    ...(index > 0 && { depends_on: [{ task_key: oneOf(random, steps.slice(0, index)) }] }),
    ...(happens(random, 0.3) && { max_retries: between(random, 1, 3) }),
  }))
}

const notebook = (path: string): Partial<Task> => ({
  notebook_task: { notebook_path: path, source: 'WORKSPACE' },
})

const clusterWork = (random: Random, path: string): Partial<Task> => ({
  ...(happens(random, 0.8)
    ? notebook(path)
    : { python_wheel_task: { package_name: 'etl', entry_point: path.split('/').at(-1) ?? 'main' } }),
  job_cluster_key: 'main',
})
