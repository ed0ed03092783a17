import { formatJson, parseJson, type JsonObject } from '../databricks/json.ts'
import type { LoggedRequest } from '../simulator/http/request-log.ts'
import { demoApplicationId } from '../simulator/seed-content.ts'

/** An administrator of the workspace: whoever clicks or asks there in the story. */
export const person = 'ana@example.com'

/** As much of a job as the story looks at. */
export interface JobSettings extends JsonObject {
  name: string
  tasks: { task_key: string; max_retries: number }[]
  tags: Record<string, string>
  schedule: { pause_status: string }
}

/** As much of a cluster as the story looks at. */
export interface Cluster {
  cluster_id: string
  cluster_name: string
  state: string
  spark_conf: Record<string, string>
  /** The settings as somebody sent them. */
  spec: JsonObject
}

/** The workspace as people see it who know nothing of Kubernetes. */
export class DatabricksSide {
  readonly #url: string
  readonly #signal: AbortSignal

  constructor(url: string, signal: AbortSignal) {
    this.#url = url
    this.#signal = signal
  }

  /** https://docs.databricks.com/api/workspace/jobs/get */
  async job(id: string): Promise<JobSettings> {
    const { settings } = (await this.#read(`/api/2.2/jobs/get?job_id=${id}`)) as { settings: JobSettings }
    return settings
  }

  /** https://docs.databricks.com/api/workspace/jobs/list */
  async jobNames(): Promise<string[]> {
    const { jobs = [] } = (await this.#read('/api/2.2/jobs/list')) as { jobs?: { settings: JobSettings }[] }
    return jobs.map(({ settings }) => settings.name)
  }

  /** https://docs.databricks.com/api/workspace/clusters/get */
  async cluster(id: string): Promise<Cluster> {
    return (await this.#read(`/api/2.1/clusters/get?cluster_id=${id}`)) as Cluster
  }

  /** https://docs.databricks.com/api/workspace/clusters/list */
  async clusterNames(): Promise<string[]> {
    const { clusters = [] } = (await this.#read('/api/2.1/clusters/list')) as { clusters?: Cluster[] }
    return clusters.map(({ cluster_name: name }) => name)
  }

  /** Who has what on a schema. https://docs.databricks.com/api/workspace/grants/get */
  async privileges(schema: string, principal: string): Promise<string[]> {
    const path = `/api/2.1/unity-catalog/permissions/schema/${schema}`
    const { privilege_assignments: all = [] } = (await this.#read(path)) as {
      privilege_assignments?: { principal: string; privileges: string[] }[]
    }
    return all.find((one) => one.principal === principal)?.privileges.toSorted() ?? []
  }

  /** Does what a click in the web interface does. */
  async click(method: 'POST' | 'PATCH', path: string, body: JsonObject): Promise<void> {
    await this.#call(`/simulator/as/${person}${path}`, { method, body: formatJson(body) })
  }

  /** The calls of the operator, from its n-th on, as the workspace saw them. */
  async operatorCalls(from = 0): Promise<LoggedRequest[]> {
    const log = (await this.#call('/simulator/requests')) as LoggedRequest[]
    return log.filter(({ identity }) => identity === demoApplicationId).slice(from)
  }

  #read(path: string): Promise<unknown> {
    return this.#call(`/simulator/as/${person}${path}`)
  }

  async #call(path: string, init: RequestInit = {}): Promise<unknown> {
    const response = await fetch(this.#url + path, { ...init, signal: this.#signal })
    const text = await response.text()
    if (response.ok) return parseJson(text)
    throw new Error(`Databricks answered ${init.method ?? 'GET'} ${path} with ${response.status}: ${text}`)
  }
}

/** Whether a call may have changed something; clusters/events only asks, although it is a POST. */
export const isWrite = ({ method, path }: LoggedRequest): boolean =>
  method !== 'GET' && !path.endsWith('/clusters/events')
