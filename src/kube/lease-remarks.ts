import type { Log } from '../telemetry/log.ts'
import { hasStatus, KubeError } from './kube-error.ts'
import { holderOf, type Seen } from './lease-record.ts'

/** Who takes part, in which election. */
interface Election {
  log: Log
  namespace: string
  name: string
  identity: string
}

/** Says how the election goes: once whenever something is new. */
export class LeaseRemarks {
  readonly #log: Log
  readonly #namespace: string
  readonly #lease: string
  readonly #me: string
  #holder: string | undefined
  #trouble: string | undefined

  constructor({ log, namespace, name, identity }: Election) {
    this.#log = log
    this.#namespace = namespace
    this.#lease = `${namespace}/${name}`
    this.#me = identity
  }

  leading(identity: string): void {
    this.#holder = undefined
    this.#trouble = undefined
    this.#log.info({ identity, lease: this.#lease }, 'leading')
  }

  /** Another holds it, or held it before somebody deleted it or restored the server. */
  waiting(seen: Seen | undefined): void {
    const holder = this.#holderIn(seen)
    if (this.#holder === holder && this.#trouble === undefined) return
    this.#holder = holder
    this.#trouble = undefined
    this.#log.info({ holder, lease: this.#lease }, 'standing by: another process leads')
  }

  /** The same trouble again is for whoever debugs. */
  trouble(error: unknown): void {
    const trouble = error instanceof KubeError ? `${error.status} ${error.reason}` : String(error)
    const level = this.#trouble === trouble ? 'debug' : 'warn'
    this.#trouble = trouble
    const what = hasStatus(error, 403)
      ? `no right to the lease: bind the role lakeward-operator-lease in namespace ${this.#namespace}`
      : 'cannot look for the lease'
    const cause = error instanceof KubeError ? { cause: error.message } : { err: error }
    this.#log[level]({ ...cause, lease: this.#lease }, `${what}; tried again and again`)
  }

  #holderIn(seen: Seen | undefined): string {
    if (seen?.lease === undefined) return 'nobody, it was deleted'
    const holder = holderOf(seen.lease)
    // What we wait for although it names us, or nobody, is not what was there last.
    return seen.isOlder || ['', this.#me].includes(holder)
      ? 'unknown, the API server was restored to older data'
      : holder
  }
}
