import type { ListPage } from './list-page.ts'
import { apiVersionOf, keyOf, type KubeObject, type Resource } from './object.ts'
import type { Change, Store } from './store.ts'

/** Where a list goes, and what was known before it was asked for. */
interface ListingOptions<T extends KubeObject> {
  resource: Resource
  store: Store<T>
  /** Undefined = the list is of all namespaces. */
  namespace: string | undefined
  /** The newest version heard of before. */
  reached: bigint
}

/**
 * One list, taken into a store page by page as it is read, beside a watch that may go on meanwhile.
 *
 * Guarantees: no page is held longer than until the next one, whatever the number of objects; what has not
 * changed is told to nobody; what the list lacks goes once all of it is in, so that a list which breaks off
 * takes nothing away.
 *
 * Assumes: all pages are of one moment, which the API server promises.
 */
export class Listing<T extends KubeObject> {
  readonly #options: ListingOptions<T>
  readonly #keys = new Set<string>()
  #version = ''

  constructor(options: ListingOptions<T>) {
    this.#options = options
  }

  /** The moment of the list; empty until the first page. */
  get version(): string {
    return this.#version
  }

  /** The API server was restored to older data: versions known from before mean nothing any more. */
  get isBackwards(): boolean {
    return this.#version !== '' && BigInt(this.#version) < this.#options.reached
  }

  /** Takes in a page; returns what has to be told. */
  take({ items, resourceVersion }: ListPage<T>): Change<T>[] {
    this.#version = resourceVersion
    const { resource, store } = this.#options
    // Built-in kinds come without these two in a list.
    const type = { apiVersion: apiVersionOf(resource), kind: resource.kind }
    const upTo = this.#upTo
    return items.flatMap((item) => {
      this.#keys.add(keyOf(item))
      return store.settle(item.kind === undefined ? { ...type, ...item } : item, upTo)
    })
  }

  /** All pages are in; returns what has to be told of what was in none. */
  end(): Change<T>[] {
    const { store, namespace } = this.#options
    return store.retain(this.#keys, { version: BigInt(this.#version), upTo: this.#upTo, namespace })
  }

  get #upTo(): bigint | undefined {
    return this.isBackwards ? undefined : BigInt(this.#version)
  }
}
