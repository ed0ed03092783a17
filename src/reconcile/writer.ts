import { isDeepStrictEqual } from 'node:util'
import { isObject } from '../databricks/json.ts'
import { legibleStatus } from '../kinds/legible.ts'
import { identityNames, type Status } from '../kinds/status.ts'
import type { KubeClient } from '../kube/client.ts'
import { hasStatus } from '../kube/kube-error.ts'
import { addFinalizer, removeFinalizer } from '../kube/finalizer.ts'
import { keyOf, resourcePath, type KubeObject, type Resource } from '../kube/object.ts'
import { applyStatus, replaceStatus } from '../kube/status.ts'
import type { Store } from '../kube/store.ts'
import { finalizer, hasFinalizer, isDeleting } from './annotations.ts'

/** What says which remote object is ours; written by its own field manager, apart from the report. */
export type IdentityFields = Pick<Status, (typeof identityNames)[number]>

type IdentityChange = { [Name in keyof IdentityFields]?: IdentityFields[Name] | undefined }

/** Everything else in the status. */
export type Report = Omit<Status, keyof IdentityFields>

const managers = { identity: 'lakeward-identity', report: 'lakeward' } as const

type Manager = (typeof managers)[keyof typeof managers]

/** How often an identity that lost a race is written again. */
const identityTries = 5

/**
 * Writes one object's status and finalizer, starting from the copy that was decided on.
 *
 * - Nothing is sent when nothing would change.
 * - Every write carries the resourceVersion and uid of that copy: a late write loses instead of landing on a
 *   successor, and two writers never both win.
 * - After a conflict the object is read again, whatever the watch has shown, and has to be the same one. An identity
 *   then goes on top of whatever else changed; what is still to be done, only if no identity has. A report or a finalizer
 *   is given up: the next pass decides anew, on the newest copy.
 */
export class StatusWriter {
  readonly #client: KubeClient
  readonly #resource: Resource
  readonly #store: Store<KubeObject>
  #object: KubeObject

  constructor(at: { client: KubeClient; resource: Resource; store: Store<KubeObject> }, object: KubeObject) {
    this.#client = at.client
    this.#resource = at.resource
    this.#store = at.store
    this.#object = object
  }

  /** The newest copy: the one decided on, or what the last write returned. */
  get object(): KubeObject {
    return this.#object
  }

  get status(): Status {
    return statusOf(this.#object)
  }

  /** Changes the given identity fields and keeps the others; undefined removes one. */
  identity(change: IdentityChange): Promise<void> {
    return this.#changeIdentity(
      () => change,
      () => true,
    )
  }

  /** The same where the change builds on what is there, which others may have changed meanwhile. */
  amend(change: (status: Status) => IdentityChange): Promise<void> {
    return this.#changeIdentity(change, () => true)
  }

  /** The same for what is still to be done: beside what another made or tried meanwhile it must not be done. */
  intent(change: IdentityChange): Promise<void> {
    const decidedOn = pick(this.status)
    return this.#changeIdentity(
      () => change,
      () => isDeepStrictEqual(decidedOn, pick(this.status)),
    )
  }

  async #changeIdentity(change: (status: Status) => IdentityChange, holds: () => boolean): Promise<void> {
    for (let tries = 1; ; tries += 1) {
      const next = without({ ...pick(this.status), ...change(this.status) })
      if (isDeepStrictEqual(next, pick(this.status))) return
      try {
        return this.#keep(await this.#apply(managers.identity, next))
      } catch (error) {
        if (!isConflict(error) || tries === identityTries) throw error
        await this.#readAgain()
        if (!holds()) throw error
      }
    }
  }

  /** Writes the whole status of a kind that has another frame than `Status`. */
  async reportAs(status: object): Promise<void> {
    await this.#reportUntil(status, () => isDeepStrictEqual(without(status), without(this.status)))
  }

  async report(report: Report): Promise<void> {
    await this.#reportUntil(report, () => !this.isNew(report))
  }

  /** An apply leaves what others wrote, and what we had to write without one; a report says all there is to say. */
  async #reportUntil(report: object, isThere: () => boolean): Promise<void> {
    const next = without(report)
    // What was reported of an object that does not fit was not applied.
    if (!isThere() && !isMisfit(this.status))
      this.#keep(await this.#unlessOld(this.#apply(managers.report, next)))
    if (!isThere()) this.#keep(await this.#unlessOld(this.#replace(managers.report, next)))
  }

  /** Whether a report says anything that the status does not. */
  isNew(report: Report): boolean {
    return !isDeepStrictEqual(without(report), without(omitIdentity(this.status)))
  }

  async addFinalizer(): Promise<void> {
    if (hasFinalizer(this.#object)) return
    const updated = await this.#unlessOld(addFinalizer(this.#client, this.#finalizerChange()))
    if (updated === undefined) throw new ReplacedError(keyOf(this.#object))
    this.#keep(updated)
  }

  /** After this the object may be gone. */
  async removeFinalizer(): Promise<void> {
    if (!hasFinalizer(this.#object)) return
    const updated = await this.#unlessOld(removeFinalizer(this.#client, this.#finalizerChange()))
    // Kept although it is on its way out: a pass that was asked for meanwhile must see that we are done.
    if (updated !== undefined) this.#keep(updated)
  }

  /** Whether the object is being deleted or gone; asked of the server, whatever the watch has shown. */
  async isLeaving(): Promise<boolean> {
    try {
      await this.#readAgain()
      return isDeleting(this.#object)
    } catch (error) {
      if (error instanceof ReplacedError) return true
      throw error
    }
  }

  #finalizerChange() {
    return { resource: this.#resource, object: this.#object, finalizer, manager: managers.report }
  }

  async #apply(manager: Manager, status: object): Promise<KubeObject> {
    try {
      return await applyStatus(this.#client, this.#statusWrite(manager, status))
    } catch (error) {
      // It cannot be applied to what is stored, or the server is in trouble: then it says so once more.
      if (hasStatus(error, 500)) return this.#replace(manager, status)
      throw error
    }
  }

  #replace(manager: Manager, status: object): Promise<KubeObject> {
    const isOurs = (name: string) =>
      identityNames.some((identity) => identity === name) === (manager === managers.identity)
    const ours = Object.entries(rawStatusOf(this.#object)).filter(([name]) => isOurs(name))
    const whole = instead(Object.fromEntries(ours), status)
    return replaceStatus(this.#client, this.#statusWrite(manager, whole))
  }

  #statusWrite(manager: Manager, status: object) {
    return { resource: this.#resource, object: this.#object, manager, status }
  }

  /** A write; when it was decided on an old copy, everybody has the newest one before that is said. */
  async #unlessOld<T>(write: Promise<T>): Promise<T> {
    try {
      return await write
    } catch (error) {
      if (isConflict(error)) await this.#readAgain()
      throw error
    }
  }

  async #readAgain(): Promise<void> {
    const { name, namespace, uid } = this.#object.metadata
    const path = resourcePath(this.#resource, namespace, name)
    const current = await this.#client.get<KubeObject>(path).catch((error: unknown) => {
      throw hasStatus(error, 404) ? new ReplacedError(keyOf(this.#object)) : error
    })
    if (current.metadata.uid !== uid) throw new ReplacedError(keyOf(this.#object))
    this.#keep(current)
  }

  #keep(object: KubeObject): void {
    this.#store.upsert(object)
    const newest = this.#store.get(keyOf(object))
    // The watch may have shown a successor of the same name meanwhile: what we decided is not about it.
    this.#object = newest?.metadata.uid === object.metadata.uid ? newest : object
  }
}

/** The object was deleted while we worked on it; another one may have been made under its name. */
export class ReplacedError extends Error {
  override readonly name = 'ReplacedError'

  constructor(key: string) {
    super(`${key} was deleted meanwhile`)
  }
}

/** Whether the API server holds a newer version than the one it was decided on. */
export const isConflict = (error: unknown): boolean => hasStatus(error, 409)

/**
 * A status as the API server holds it, without what does not fit; an object nobody has looked at has generation -1.
 */
export const statusOf = (object: KubeObject): Status => legibleStatus(object).status

/** Whether the last report was that an object does not fit its schema. */
const isMisfit = ({ conditions = [] }: Status): boolean =>
  conditions.some(
    ({ type, reason }) => type === 'Stalled' && (reason === 'InvalidSpec' || reason === 'StatusUnreadable'),
  )

const rawStatusOf = ({ status }: KubeObject): object => (isObject(status) ? status : {})

/** A merge patch that leaves nothing of what was there, at any depth: lists it replaces by itself. */
function instead(before: unknown, after: object): object {
  const gone = isObject(before) ? Object.keys(before).map((name) => [name, null]) : []
  const members = Object.entries(after).map(([name, member]: [string, unknown]) => [
    name,
    isObject(member) ? instead(isObject(before) ? before[name] : undefined, member) : member,
  ])
  return Object.fromEntries([...gone, ...members]) as object
}

function pick(status: Status): IdentityFields {
  return without(Object.fromEntries(identityNames.map((name) => [name, status[name]])))
}

function omitIdentity(status: Status): Report {
  return Object.fromEntries(
    Object.entries(status).filter(([name]) => !identityNames.some((identity) => identity === name)),
  )
}

/** Without members that are undefined, which JSON would drop on the way. */
function without<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as T
}
