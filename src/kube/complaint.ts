import type { Log } from '../telemetry/log.ts'
import { KubeError } from './kube-error.ts'
import type { Resource } from './object.ts'
import { remedyOf } from './remedy.ts'

/** Says what keeps us from following a resource: once when it begins, and once when it is over. */
export class Complaint {
  readonly #log: Log
  readonly #what: string
  #kind: string | undefined
  #current: string | undefined

  constructor(log: Log, resource: Resource, namespace: string | undefined) {
    this.#log = log
    const name = resource.group === '' ? resource.plural : `${resource.plural}.${resource.group}`
    this.#what = namespace === undefined ? name : `${name} in namespace ${namespace}`
  }

  /** What is in the way now, in one sentence; undefined when nothing seems to be. */
  get current(): string | undefined {
    return this.#current
  }

  /** Something failed. The same trouble again is for whoever debugs. */
  raise(error: unknown): void {
    const isAnswer = error instanceof KubeError
    const kind = isAnswer ? `${error.status} ${error.reason}` : String(error)
    // Being asked to wait a moment, as right after a CRD was installed, is no trouble.
    const isMoment = isAnswer && error.status === 429
    const level = isMoment || kind === this.#kind ? 'debug' : 'warn'
    const sentence = `${this.#what}: ${this.#why(error)}`
    if (!isMoment) {
      this.#kind = kind
      this.#current = sentence
    }
    // An answer speaks for itself, and once; where in our code it arrived says nothing.
    const cause = isAnswer && !sentence.includes(error.message) ? { cause: error.message } : {}
    this.#log[level](isAnswer ? cause : { err: error }, sentence)
  }

  /** It seems to work again; whether it does is for the next word to tell. */
  ease(): void {
    this.#current = undefined
  }

  /** It works again. */
  settle(): void {
    if (this.#kind !== undefined) this.#log.info(`${this.#what}: followed again`)
    this.#kind = undefined
    this.#current = undefined
  }

  #why(error: unknown): string {
    const status = error instanceof KubeError ? error.status : 0
    switch (status) {
      case 404:
        return 'the API server does not know this kind. Install the CRDs; until then it is asked again and again'
      case 403:
        return 'no right to list and watch. Grant it to the operator; until then it is tried again and again'
      default:
        return `cannot list or watch: ${remedyOf(error)}. It goes on by itself as soon as that works again`
    }
  }
}
