import { join } from 'node:path'
import { runCommand, type CommandResult } from '../../src/control-plane/command.ts'
import type { ApiServer } from './api-server.ts'
import { conditions, Observer, type Observed } from './observer.ts'
import { until } from './until.ts'

/** A manifest before the server has it. */
export interface Manifest {
  apiVersion: string
  kind: string
  metadata: { name: string; namespace?: string; annotations?: Record<string, string> }
}

/** One namespace of Kubernetes, used as people use it: with kubectl. */
export class Kubernetes {
  readonly namespace: string
  readonly seen: Observer
  readonly #kubectl: string
  readonly #environment: NodeJS.ProcessEnv
  #rechecks = 0

  private constructor(at: {
    namespace: string
    seen: Observer
    kubectl: string
    environment: NodeJS.ProcessEnv
  }) {
    this.namespace = at.namespace
    this.seen = at.seen
    this.#kubectl = at.kubectl
    this.#environment = at.environment
  }

  /** `folder` is where kubectl keeps what it remembers of the server. */
  static async in(
    namespace: string,
    at: { server: ApiServer; kubectl: string; kubeconfig: string; folder: string },
  ): Promise<Kubernetes> {
    const environment = {
      ...process.env,
      KUBECONFIG: at.kubeconfig,
      KUBECACHEDIR: join(at.folder, 'kubectl-cache'),
      KUBERC: 'off',
    }
    const seen = await Observer.follow(at.server, namespace)
    return new Kubernetes({ namespace, seen, kubectl: at.kubectl, environment })
  }

  /** Runs kubectl in the namespace; its exit code is part of the result. */
  tryKubectl(args: readonly string[], input = ''): Promise<CommandResult> {
    return runCommand(this.#kubectl, ['--namespace', this.namespace, ...args], {
      environment: this.#environment,
      input,
    })
  }

  /** Runs kubectl in the namespace and returns what it prints; a failure is thrown in its own words. */
  async kubectl(args: readonly string[], input = ''): Promise<string> {
    const { code, stdout, stderr } = await this.tryKubectl(args, input)
    if (code !== 0) throw new Error(`kubectl ${args.join(' ')}: ${stderr.trim()}`)
    return stdout
  }

  /** `kubectl apply`; returns once the watches have shown the result, so that nobody judges an older version. */
  apply(...manifests: Manifest[]): Promise<void> {
    return this.applyText(manifests.map((manifest) => JSON.stringify(manifest)).join('\n'))
  }

  async applyText(text: string): Promise<void> {
    await this.#shown(await this.kubectl(['apply', '-o', 'json', '-f', '-'], text))
  }

  /** Sets annotations of ours; `null` takes one away. */
  async annotate(kind: string, name: string, annotations: Record<string, string | null>): Promise<void> {
    const changes = Object.entries(annotations).map(([key, value]) =>
      value === null ? `lakeward.dev/${key}-` : `lakeward.dev/${key}=${value}`,
    )
    await this.#shown(await this.kubectl(['annotate', kind, name, '--overwrite', '-o', 'json', ...changes]))
  }

  /** The newest version of an object that has to be there. */
  object(kind: string, name: string): Observed {
    const object = this.seen.latest(kind, name)
    if (object === undefined) throw new Error(`there is no ${kind} ${name}`)
    return object
  }

  /** Waits until an object has these conditions, such as `{Ready: 'True Applied'}`; others do not matter. */
  has(kind: string, name: string, expected: Record<string, string | undefined>): Promise<Observed> {
    return until(`${kind} ${name} has ${JSON.stringify(expected)}`, () => {
      const object = this.object(kind, name)
      const found = conditions(object)
      const isCurrent = object.status.observedGeneration === object.metadata.generation
      if (isCurrent && Object.entries(expected).every(([type, value]) => found[type] === value)) return object
      throw new Error(`it has ${JSON.stringify(object.status.conditions)}`)
    })
  }

  /** Waits until an object's present generation is Ready. */
  ready(kind: string, name: string): Promise<Observed> {
    return until(`${kind} ${name} is ready`, () => {
      const object = this.object(kind, name)
      const isCurrent = object.status.observedGeneration === object.metadata.generation
      if (isCurrent && conditions(object)['Ready']?.startsWith('True ') === true) return object
      throw new Error(`it has ${JSON.stringify(object.status.conditions)}`)
    })
  }

  /** Asks for a check now and waits until one that began afterwards has reported. */
  async recheck(kind: string, name: string): Promise<Observed> {
    this.#rechecks += 1
    const token = `${this.#rechecks}`
    await this.annotate(kind, name, { 'reconcile-at': token })
    return until(`${kind} ${name} has been checked again`, () => {
      const object = this.object(kind, name)
      return object.status.lastHandledReconcileAt === token && object
    })
  }

  /** `kubectl delete` that waits until the object is gone. */
  async delete(kind: string, name: string): Promise<void> {
    await this.kubectl(['delete', kind, name, '--timeout=30s'])
    await until(`${kind} ${name} is gone`, () => this.seen.latest(kind, name) === undefined)
  }

  /** `kubectl delete` that does not wait. */
  async beginDelete(kind: string, name: string): Promise<void> {
    await this.kubectl(['delete', kind, name, '--wait=false'])
    await until(
      `the deletion of ${kind} ${name} is seen`,
      () => this.seen.latest(kind, name)?.metadata.deletionTimestamp !== undefined || this.isGone(kind, name),
    )
  }

  isGone(kind: string, name: string): boolean {
    return this.seen.latest(kind, name) === undefined
  }

  /** Waits until the watches have caught up with what kubectl was answered. */
  async #shown(output: string): Promise<void> {
    const answer = JSON.parse(output) as Observed & { items?: Observed[] }
    const ours = (answer.items ?? [answer]).filter(({ apiVersion }) => apiVersion.startsWith('lakeward.dev/'))
    for (const { kind, metadata } of ours)
      await until(`${kind} ${metadata.name} is seen as it was applied`, () =>
        this.seen
          .versions(kind, metadata.name)
          .some(
            (version) =>
              version.metadata.uid === metadata.uid &&
              Number(version.metadata.resourceVersion) >= Number(metadata.resourceVersion),
          ),
      )
  }
}
