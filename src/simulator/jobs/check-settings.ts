import { invalidParameter, type Refusal } from '../http/refusal.ts'
import { checkTasks, type TaskLimits } from './check-tasks.ts'
import { checkTriggers } from './check-triggers.ts'
import { checkWebhooks } from './check-webhooks.ts'
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
export const checkSettings = (settings: JobSettings, limits: TaskLimits): Refusal | undefined =>
  checkTexts(settings) ??
  checkNumbers(settings) ??
  checkTriggers(settings) ??
  checkGitSource(settings) ??
  checkRunAs(settings) ??
  checkLists(settings) ??
  checkWebhooks(settings.webhook_notifications) ??
  checkTasks(settings, limits)

function checkTexts({ name = '', description = '', tags = {} }: JobSettings): Refusal | undefined {
  if (Buffer.byteLength(name) > mostNameBytes) return invalidParameter(`name exceeds ${mostNameBytes} bytes.`)
  if (description.length > mostDescription) {
    return invalidParameter(`description exceeds ${mostDescription} characters.`)
  }
  if (Object.keys(tags).length > mostTags) return invalidParameter(`A job can have at most ${mostTags} tags.`)
  return undefined
}

function checkNumbers({
  max_concurrent_runs: runs = 1,
  timeout_seconds = 0,
}: JobSettings): Refusal | undefined {
  if (runs < 0 || runs > mostConcurrentRuns) {
    return invalidParameter(`max_concurrent_runs must be between 0 and ${mostConcurrentRuns}.`)
  }
  return timeout_seconds < 0 ? invalidParameter('timeout_seconds must not be negative.') : undefined
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

function checkLists({
  parameters = [],
  job_clusters = [],
  environments = [],
}: JobSettings): Refusal | undefined {
  const parameter = firstTwice(parameters.map(({ name }) => name))
  if (parameter !== undefined) return invalidParameter(`Duplicate job parameter name '${parameter}'.`)
  const key = firstTwice(job_clusters.map(({ job_cluster_key }) => job_cluster_key))
  if (key !== undefined) return invalidParameter(`Duplicate job_cluster_key '${key}'.`)
  const environment = firstTwice(environments.map(({ environment_key }) => environment_key))
  return environment === undefined
    ? undefined
    : invalidParameter(`Duplicate environment_key '${environment}'.`)
}

/** The first text that occurs for the second time. */
const firstTwice = (texts: readonly string[]): string | undefined => {
  const seen = new Set<string>()
  return texts.find((text) => seen.size === seen.add(text).size)
}
