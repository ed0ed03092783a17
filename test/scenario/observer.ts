import type { Status } from '../../src/kinds/status.ts'
import { resources } from '../../src/kinds/resources.ts'
import { lint, lintChange } from '../kstatus-lint.ts'
import type { ApiServer, WatchLine } from './api-server.ts'

/** An object of ours at one moment. */
export interface Observed {
  apiVersion: string
  kind: string
  metadata: {
    name: string
    uid: string
    resourceVersion: string
    generation: number
    annotations?: Record<string, string>
    finalizers?: string[]
    deletionTimestamp?: string
  }
  spec: Record<string, unknown>
  status: Status & { identity?: { userName?: string }; host?: string }
}

/** An event about an object of ours. */
export interface Told {
  type: string
  reason: string
  note: string
  regarding: { kind: string; name: string }
}

/**
 * Hears of every version of every object and event in one namespace, in order. What was true for a moment only
 * is seen too, and each status is linted as it comes.
 */
export class Observer {
  readonly #versions = new Map<string, Observed[]>()
  readonly #present = new Map<string, Observed>()
  readonly #events: Told[] = []
  readonly #problems = new Set<string>()

  static async follow(server: ApiServer, namespace: string): Promise<Observer> {
    const observer = new Observer()
    const place = (group: string, plural: string) => `/apis/${group}/namespaces/${namespace}/${plural}`
    await Promise.all([
      ...resources.map(({ group, version, plural, kind }) =>
        server.watch(
          place(`${group}/${version}`, plural),
          (line) => observer.#hear(line),
          () => observer.#forget(kind),
        ),
      ),
      server.watch(
        place('events.k8s.io/v1', 'events'),
        ({ type, object }) => {
          if (type === 'ADDED') observer.#events.push(object as Told)
        },
        () => (observer.#events.length = 0),
      ),
    ])
    return observer
  }

  /** The newest version; undefined once it is deleted. */
  latest(kind: string, name: string): Observed | undefined {
    return this.#present.get(`${kind}/${name}`)
  }

  /** Every version there has been, the oldest first; also of predecessors of the same name. */
  versions(kind: string, name: string): readonly Observed[] {
    return this.#versions.get(`${kind}/${name}`) ?? []
  }

  /** What was told about an object, as `Reason: note`. */
  events(kind: string, name: string): string[] {
    return this.#events
      .filter(({ regarding }) => regarding.kind === kind && regarding.name === name)
      .map(({ reason, note }) => `${reason}: ${note}`)
  }

  /** Everything that was ever heard. */
  all(): unknown[] {
    return [...this.#versions.values(), ...this.#events]
  }

  present(): Observed[] {
    return [...this.#present.values()]
  }

  /** What the lint has found since it was last asked. */
  takeProblems(): string[] {
    const problems = [...this.#problems]
    this.#problems.clear()
    return problems
  }

  /** The API server broke off: it will tell everything anew, and what it tells may be older. */
  #forget(kind: string): void {
    for (const known of [this.#versions, this.#present])
      for (const key of known.keys()) if (key.startsWith(`${kind}/`)) known.delete(key)
  }

  #hear({ type, object }: WatchLine): void {
    const observed = object as Observed
    const key = `${observed.kind}/${observed.metadata.name}`
    const before = this.#present.get(key)
    this.#versions.set(key, [...(this.#versions.get(key) ?? []), observed])
    if (type === 'DELETED') this.#present.delete(key)
    else this.#present.set(key, observed)
    const isSuccessor = before?.metadata.uid !== observed.metadata.uid
    const problems = [...lint(observed), ...(before && !isSuccessor ? lintChange(before, observed) : [])]
    for (const problem of problems) this.#problems.add(problem)
  }
}

/** The conditions as `{Ready: 'True Applied'}`. */
export const conditions = ({ status }: Pick<Observed, 'status'>): Record<string, string> =>
  Object.fromEntries(
    (status.conditions ?? []).map(({ type, status, reason }) => [type, `${status} ${reason}`]),
  )

/** The remote id, which has to be there. */
export function idOf({ kind, metadata, status }: Observed): string {
  if (status.externalId === undefined) throw new Error(`${kind} ${metadata.name} has no remote id`)
  return status.externalId
}

/** How often the field that was put back most often was put back. */
export const timesPutBack = ({ status }: Pick<Observed, 'status'>): number =>
  Math.max(0, ...(status.putBack ?? []).map(({ at }) => at.length))

/** What a condition says; empty if it is not there. */
export const messageOf = ({ status }: Pick<Observed, 'status'>, type: string): string =>
  status.conditions?.find((condition) => condition.type === type)?.message ?? ''

/** The differences that the status shows as `{path: 'Cause Impact Action'}`. */
export const changes = ({ status }: Pick<Observed, 'status'>): Record<string, string> =>
  Object.fromEntries(
    (status.drift?.changes ?? []).map(({ path, cause, impact, action }) => [
      path,
      `${cause} ${impact} ${action}`,
    ]),
  )
