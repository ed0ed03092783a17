import type { Log } from '../telemetry/log.ts'
import { KubeError } from './kube-error.ts'
import type { Resource } from './object.ts'

/** Says what keeps us from following a resource: once when it begins, and once when it is over. */
export class Complaint {
  readonly #log: Log
  readonly #what: string
  #current: string | undefined

  constructor(log: Log, resource: Resource, namespace: string | undefined) {
    this.#log = log
    const name = resource.group === '' ? resource.plural : `${resource.plural}.${resource.group}`
    this.#what = namespace === undefined ? name : `${name} in namespace ${namespace}`
  }

  /** Something failed. The same trouble again is for whoever debugs. */
  raise(error: unknown): void {
    const isAnswer = error instanceof KubeError
    const kind = isAnswer ? `${error.status} ${error.reason}` : String(error)
    // Being asked to wait a moment, as right after a CRD was installed, is no trouble.
    const isMoment = isAnswer && error.status === 429
    const level = isMoment || kind === this.#current ? 'debug' : 'warn'
    if (!isMoment) this.#current = kind
    // An answer speaks for itself; where in our code it arrived says nothing.
    this.#log[level](isAnswer ? { cause: error.message } : { err: error }, this.#sentence(error))
  }

  /** It works again. */
  settle(): void {
    if (this.#current !== undefined) this.#log.info(`${this.#what}: followed again`)
    this.#current = undefined
  }

  #sentence(error: unknown): string {
    const status = error instanceof KubeError ? error.status : 0
    switch (status) {
      case 404:
        return `${this.#what}: the API server does not know this kind. Install the CRDs; until then it is asked again and again`
      case 403:
        return `${this.#what}: no right to list and watch. Grant it to the operator; until then it is tried again and again`
      default:
        return `${this.#what}: cannot list or watch; it goes on by itself as soon as that works again`
    }
  }
}
