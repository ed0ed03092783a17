import { accessListOfNewJob } from '../access/access-list.ts'
import { entryFor } from '../access/object-permissions.ts'
import {
  invalidParameter,
  invalidState,
  isRefusal,
  missing,
  permissionDenied,
  Refusal,
} from '../http/refusal.ts'
import type { Parts } from '../parts.ts'
import { isAdmin, type Principal } from '../principals.ts'
import { snapshotOfRecords, type Restore } from '../snapshot.ts'
import { CreationRate } from './creation-rate.ts'
import type { Job } from './job.ts'
import type { AccessEntry, JobSettings } from './settings.ts'

const rights = {
  view: {
    levels: ['CAN_VIEW', 'CAN_MANAGE_RUN', 'CAN_MANAGE', 'IS_OWNER'],
    text: 'View or Admin or Manage Run or Owner',
  },
  run: { levels: ['CAN_MANAGE_RUN', 'CAN_MANAGE', 'IS_OWNER'], text: 'Manage Run or Admin or Owner' },
  manage: { levels: ['CAN_MANAGE', 'IS_OWNER'], text: 'Admin or Owner' },
} as const

/** What somebody wants to do with a job, as the permission levels divide it. */
type Right = keyof typeof rights

/** The jobs of the workspace. */
export class Jobs {
  readonly #parts: Parts
  readonly #jobs = new Map<bigint, Job>()
  /** The jobs as a list, made when one is asked for and somebody has been deleted since. */
  #inOrder: Job[] | undefined = []
  readonly #rate = new CreationRate()
  #serial = 0

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** Why no further job can be created now. */
  refuseAnother(): Refusal | undefined {
    const { mostJobs, jobQuotaStatus, mostJobsPerHour: perHour } = this.#parts.switches
    if (this.#jobs.size >= mostJobs) {
      return new Refusal(jobQuotaStatus, 'QUOTA_EXCEEDED', {
        message: `The quota for the number of jobs has been reached. The current quota is ${mostJobs}.`,
      })
    }
    if (this.#rate.count(this.#parts.clock.now()) < perHour) return undefined
    return invalidState(
      `There were already ${perHour} jobs created in past 3600 seconds, exceeding rate limit: ${perHour} job creations per 3600 seconds.`,
    )
  }

  /** Adds a job that somebody asked for, which counts for the rate of creations. */
  create(wanted: { creator: Principal; settings: JobSettings }): Job {
    this.#rate.note(this.#parts.clock.now())
    return this.add(wanted)
  }

  /** Adds a job; names need not be unique. Without an id it gets a new one. */
  add({
    id = this.#newId(),
    creator,
    settings,
  }: {
    id?: bigint
    creator: Principal
    settings: JobSettings
  }): Job {
    this.#serial += 1
    const createdAt = this.#parts.clock.now()
    const job: Job = { id, creator: creator.name, createdAt, serial: this.#serial, settings }
    this.#jobs.set(id, job)
    this.#inOrder?.push(job)
    this.#parts.permissions.set(`/jobs/${id}`, [entryFor(creator, 'IS_OWNER')])
    return job
  }

  /** Gives a new job its access list: the creator owns it unless the list names another owner. */
  share({ id }: Pick<Job, 'id'>, list: readonly AccessEntry[]): Refusal | undefined {
    const object = `/jobs/${id}`
    const entries = accessListOfNewJob(this.#parts, this.#parts.permissions.of(object), list)
    if (isRefusal(entries)) return entries
    this.#parts.permissions.set(object, entries)
    return undefined
  }

  /**
   * A job, for somebody who may do this with it. The right is checked first: whoever may not see the job
   * does not learn whether it exists.
   */
  open({ id, caller, right }: { id: bigint; caller: Principal; right: Right }): Job | Refusal {
    const refusal = this.refuseUnlessAllowed({ id, caller, right })
    if (refusal !== undefined) return refusal
    const job = this.#jobs.get(id)
    return job ?? missing(this.#parts.switches, `Job ${id} does not exist.`)
  }

  /** Why the caller may not do this with the job of this id, or with its runs. */
  refuseUnlessAllowed({
    id,
    caller,
    right,
  }: {
    id: bigint
    caller: Principal
    right: Right
  }): Refusal | undefined {
    const { levels, text } = rights[right]
    if (this.#parts.permissions.allows(caller, `/jobs/${id}`, levels)) return undefined
    return permissionDenied(`User ${caller.name} does not have ${text} permissions on job ${id}`)
  }

  /** A job, whoever may see it. */
  find(id: bigint): Job | undefined {
    return this.#jobs.get(id)
  }

  /** All jobs, the oldest first. */
  inOrder(): readonly Job[] {
    this.#inOrder ??= [...this.#jobs.values()]
    return this.#inOrder
  }

  /** Which jobs the caller can see. */
  visibleTo(caller: Principal): (job: Pick<Job, 'id'>) => boolean {
    if (isAdmin(caller)) return () => true
    return ({ id }) => this.#parts.permissions.allows(caller, `/jobs/${id}`, rights.view.levels)
  }

  /** Whose rights the job's runs have: the identity in its settings, else its owner. */
  runsAs({ id, settings: { run_as } }: Pick<Job, 'id' | 'settings'>): string | undefined {
    const named = run_as?.user_name ?? run_as?.service_principal_name ?? run_as?.group_name
    return named ?? this.#parts.permissions.owner(`/jobs/${id}`)
  }

  /** Why the caller cannot let a job run as the identity in these settings. */
  refuseRunAs({ run_as }: JobSettings, caller: Principal): Refusal | undefined {
    const [name] = Object.values(run_as ?? {})
    if (name === undefined) return undefined
    const unknown = this.#parts.switches.refuseUnknownRunAs ? this.refuseUnknownRunAs({ run_as }) : undefined
    if (unknown !== undefined) return unknown
    if (isAdmin(caller) || name.toLowerCase() === caller.name.toLowerCase()) return undefined
    return permissionDenied(`User ${caller.name} is not allowed to set run_as to ${name}.`)
  }

  /** Why nobody can act as the identity in these settings. */
  refuseUnknownRunAs({ run_as }: JobSettings): Refusal | undefined {
    const [name] = Object.values(run_as ?? {})
    return name === undefined || this.#parts.principals.named(name) !== undefined
      ? undefined
      : invalidParameter(`The run_as principal '${name}' does not exist in this workspace.`)
  }

  /** Forgets a job and who could use it. */
  delete(job: Job): void {
    this.#jobs.delete(job.id)
    this.#inOrder = undefined
    this.#parts.permissions.forget(`/jobs/${job.id}`)
  }

  snapshot(): Restore {
    const restore = snapshotOfRecords(this.#jobs)
    return () => {
      restore()
      this.#inOrder = undefined
    }
  }

  #newId(): bigint {
    let id = this.#parts.random.id()
    while (this.#jobs.has(id)) id = this.#parts.random.id()
    return id
  }
}
