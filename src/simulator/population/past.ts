import type { Cluster, TerminationReason } from '../clusters/cluster.ts'
import type { Random } from '../random.ts'

/** How a cluster ended, and what it says of that. Shared by all that ended so: there are many. */
export interface Ending {
  readonly reason: TerminationReason
  readonly message: string
}

const failure = (code: string, type: TerminationReason['type'], message: string): Ending => ({
  reason: { code, type, parameters: {} },
  message,
})

/** Ends that nobody wanted. */
export const failures: readonly Ending[] = [
  failure(
    'CLOUD_PROVIDER_RESOURCE_STOCKOUT',
    'CLOUD_FAILURE',
    'The cloud has no more machines of this type.',
  ),
  failure('INIT_SCRIPT_FAILURE', 'CLIENT_ERROR', 'An init script failed.'),
  failure('DRIVER_OUT_OF_MEMORY', 'CLIENT_ERROR', 'The driver ran out of memory.'),
]

/** The end of a cluster that did its work. */
export const finished: Ending = {
  reason: { code: 'JOB_FINISHED', type: 'SUCCESS', parameters: {} },
  message: '',
}

/** The end of a cluster that nobody used for an hour. */
export const idle: Ending = {
  reason: { code: 'INACTIVITY', type: 'SUCCESS', parameters: { inactivity_duration_min: '60' } },
  message: 'Inactive cluster terminated (inactive for 60 minutes).',
}

/** Makes a new cluster one that came up and was used last at some time. */
export function letRun(cluster: Cluster, activeAt: number, random: Random): void {
  cluster.state = 'RUNNING'
  cluster.since = activeAt
  cluster.activeAt = activeAt
  cluster.message = ''
  cluster.contextId = random.id()
}

/** Makes a cluster one that ended at some time. */
export function letEnd(cluster: Cluster, at: number, { reason, message }: Ending): void {
  cluster.state = 'TERMINATED'
  cluster.since = at
  cluster.terminatedAt = at
  cluster.terminationReason = reason
  cluster.message = message
}
