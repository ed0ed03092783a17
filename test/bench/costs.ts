import type { Section } from './benchmark.ts'
import type { AuditedRequest } from './audit-log.ts'
import { requests } from './figures.ts'
import { usageOf, type ProcessUsage } from './process-usage.ts'
import type { RunningProgram } from './programs.ts'
import { isRead, type SimulatedRequest } from './request-log.ts'
import type { Stage } from './stage.ts'

/** What one thing asked of the operator cost, from the asking until it has come to rest. */
export interface Costs {
  readonly before: ProcessUsage
  readonly after: ProcessUsage
  readonly kubernetes: readonly AuditedRequest[]
  readonly databricks: readonly SimulatedRequest[]
}

export async function measure<Result extends object>(
  { audit, requests, operatorUser, signal }: Stage,
  operator: RunningProgram,
  work: () => Promise<Result>,
): Promise<Result & Costs> {
  // Nothing of what came before may fall into this phase.
  await audit.settled(operatorUser, signal)
  await audit.begin()
  await requests.begin()
  const before = await usageOf(operator.pid)
  const result = await work()
  const kubernetes = await audit.settled(operatorUser, signal)
  const databricks = (await requests.all()).filter(({ path }) => path.startsWith('/api/'))
  return { ...result, before, after: await usageOf(operator.pid), kubernetes, databricks }
}

export const cpuOf = ({ before, after }: Costs): number => after.cpuSeconds - before.cpuSeconds

/** A check of what is at rest that writes breaks a promise. */
export function refuseWrites({ databricks }: Costs): void {
  const writes = databricks.filter((request) => !isRead(request))
  const [first] = writes
  if (first === undefined) return
  throw new Error(
    `a check that has nothing to do wrote ${writes.length} times: ${first.method} ${first.path}`,
  )
}

/** Requests per object, to either side. */
export const requestSections = (
  what: string,
  { kubernetes, databricks }: Costs,
  objects: number,
): Section[] => [
  requests(
    `${what}: requests to Kubernetes`,
    kubernetes.map(
      ({ verb, resource, status }) => `${verb} ${resource}${status < 400 ? '' : ` (${status})`}`,
    ),
    objects,
  ),
  requests(
    `${what}: requests to Databricks`,
    databricks.map(({ method, path }) => `${method} ${path}`),
    objects,
  ),
]
