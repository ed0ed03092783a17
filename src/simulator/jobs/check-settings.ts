import { invalidParameter, type Refusal } from '../http/refusal.ts'
import { checkTasks } from './check-tasks.ts'
import type { JobSettings } from './settings.ts'

const mostNameBytes = 4096
const mostDescription = 27_700
const mostTags = 25
const mostConcurrentRuns = 1000

const gitProviders = [
  'github',
  'gitlab',
  'bitbucketcloud',
  'gitlabenterpriseedition',
  'bitbucketserver',
  'azuredevopsservices',
  'githubenterprise',
  'awscodecommit',
]

/** The first reason why a job cannot have these settings. */
export const checkSettings = (settings: JobSettings, mostTasks: number): Refusal | undefined =>
  checkTexts(settings) ??
  checkTimes(settings) ??
  checkGitSource(settings) ??
  checkRunAs(settings) ??
  checkLists(settings) ??
  checkTasks(settings, mostTasks)

function checkTexts({ name = '', description = '', tags = {} }: JobSettings): Refusal | undefined {
  if (Buffer.byteLength(name) > mostNameBytes) return invalidParameter(`name exceeds ${mostNameBytes} bytes.`)
  if (description.length > mostDescription) {
    return invalidParameter(`description exceeds ${mostDescription} characters.`)
  }
  if (Object.keys(tags).length > mostTags) return invalidParameter(`A job can have at most ${mostTags} tags.`)
  return undefined
}

function checkTimes(settings: JobSettings): Refusal | undefined {
  const {
    schedule,
    trigger,
    continuous,
    triggers,
    max_concurrent_runs: runs = 1,
    timeout_seconds = 0,
  } = settings
  if ([schedule, trigger, continuous, triggers].filter((start) => start !== undefined).length > 1) {
    return invalidParameter('Only one of schedule, trigger, continuous and triggers may be set.')
  }
  if (runs < 0 || runs > mostConcurrentRuns) {
    return invalidParameter(`max_concurrent_runs must be between 0 and ${mostConcurrentRuns}.`)
  }
  if (continuous !== undefined && runs !== 1) {
    return invalidParameter('A continuous job needs max_concurrent_runs 1.')
  }
  if (timeout_seconds < 0) return invalidParameter('timeout_seconds must not be negative.')
  return schedule === undefined ? undefined : checkSchedule(schedule)
}

const quartzField = /^[0-9A-Za-z*?,\-/#]+$/

function checkSchedule(schedule: NonNullable<JobSettings['schedule']>): Refusal | undefined {
  const { quartz_cron_expression: expression, timezone_id: zone } = schedule
  const fields = expression.trim().split(/\s+/)
  // Quartz counts seconds first and wants exactly one of day-of-month and day-of-week to be open.
  const isQuartz =
    (fields.length === 6 || fields.length === 7) && fields.every((field) => quartzField.test(field))
  if (!isQuartz || [fields[3], fields[5]].filter((field) => field === '?').length !== 1) {
    return invalidParameter(`Invalid quartz cron expression: '${expression}'.`)
  }
  try {
    Intl.DateTimeFormat('en', { timeZone: zone })
    return undefined
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    return invalidParameter(`Invalid timezone: '${zone}'.`)
  }
}

function checkGitSource({ git_source }: JobSettings): Refusal | undefined {
  if (git_source === undefined) return undefined
  const { git_provider: provider = '', git_branch, git_tag, git_commit } = git_source
  if (!gitProviders.includes(provider.toLowerCase())) {
    return invalidParameter(`git_source.git_provider must be one of: ${gitProviders.join(',')}`)
  }
  if ([git_branch, git_tag, git_commit].filter((reference) => reference !== undefined).length !== 1) {
    return invalidParameter('git_source needs exactly one of git_branch, git_tag and git_commit.')
  }
  return undefined
}

function checkRunAs({ run_as }: JobSettings): Refusal | undefined {
  if (run_as === undefined || Object.keys(run_as).length === 1) return undefined
  return invalidParameter('run_as needs exactly one of user_name, service_principal_name and group_name.')
}

function checkLists({ parameters = [], job_clusters = [] }: JobSettings): Refusal | undefined {
  const parameter = firstTwice(parameters.map(({ name }) => name))
  if (parameter !== undefined) return invalidParameter(`Duplicate job parameter name '${parameter}'.`)
  const key = firstTwice(job_clusters.map(({ job_cluster_key }) => job_cluster_key))
  return key === undefined ? undefined : invalidParameter(`Duplicate job_cluster_key '${key}'.`)
}

/** The first text that occurs for the second time. */
const firstTwice = (texts: readonly string[]): string | undefined => {
  const seen = new Set<string>()
  return texts.find((text) => seen.size === seen.add(text).size)
}
