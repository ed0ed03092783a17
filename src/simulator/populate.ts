import { addClusters } from './population/clusters.ts'
import { addJobClusters } from './population/job-clusters.ts'
import { addJobs } from './population/jobs.ts'
import { hire } from './population/people.ts'
import { Random } from './random.ts'
import type { Workspace } from './workspace.ts'

/** How much content a workspace is to have besides what it always has. */
export interface Counts {
  readonly jobs: number
  /** Clusters of people and programs. */
  readonly clusters: number
  /** Finished clusters of the runs of the last 30 days. */
  readonly jobClusters: number
}

/** Fills a workspace with the content of a company: its people, and what they made. The seed decides what. */
export function populate(workspace: Workspace, counts: Counts, seed: number): void {
  const random = new Random(seed)
  const staff = hire(workspace.principals, random)
  const circumstances = { random, staff, workspace }
  addJobs(counts.jobs, circumstances)
  addClusters(counts.clusters, circumstances)
  if (counts.jobClusters > 0) addJobClusters(counts.jobClusters, circumstances)
}
