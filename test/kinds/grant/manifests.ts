import type { KubeObject } from '../../../src/kube/object.ts'
import { anObject } from '../../reconcile/fixtures.ts'
import type { LiveApi } from '../../reconcile/live-api.ts'

export const principal = 'engineers'

/** How a manifest is treated. */
export interface Treatment {
  management?: object
  annotations?: Record<string, string>
}

/** Manifests that give one principal privileges on one schema, in an API server that others use as well. */
export class Manifests {
  readonly #api: LiveApi
  readonly #run: number
  readonly #paths = new Map<string, string>()
  readonly #wanted = new Map<string, string[]>()
  readonly #granting = new Map<string, string[]>()
  readonly #management = new Map<string, object>()
  #made = 0

  /** `run` tells their names from those of others. */
  constructor(api: LiveApi, run: number) {
    this.#api = api
    this.#run = run
  }

  /** Of those that are there. */
  get names(): string[] {
    return [...this.#paths.keys()].filter((name) => this.object(name) !== undefined)
  }

  get objects(): KubeObject[] {
    return this.names.flatMap((name) => this.object(name) ?? [])
  }

  /** What those want that are not deleted. */
  get wanted(): string[] {
    return [...new Set([...this.#wanted.values()].flat())].toSorted()
  }

  object(name: string): KubeObject | undefined {
    return this.#api.objects.get(this.#path(name))
  }

  /** Somebody applies a manifest. What is on its way out is not edited. */
  apply(name: string, privileges: string[]): void {
    const before = this.object(name)
    if (before?.metadata.deletionTimestamp !== undefined) return
    this.#wanted.set(name, privileges)
    this.#granting.set(name, privileges)
    if (before !== undefined) return this.#change(name, before, { spec: this.#spec(name) })
    this.#made += 1
    const metadata = {
      name: `${name}-${this.#run}-${this.#made}`,
      creationTimestamp: `2026-01-01T00:00:0${this.#made}Z`,
    }
    this.#management.delete(name)
    const object = anObject(metadata, { spec: this.#spec(name), status: { observedGeneration: -1 } })
    this.#paths.set(name, this.#api.put({ ...object, kind: 'CatalogGrant' }, 'cataloggrants'))
  }

  /** Somebody says how a manifest is treated, in it or by annotations; also of one on its way out. */
  treat(name: string, { management, annotations }: Treatment): void {
    const before = this.object(name)
    if (before === undefined) return
    if (management !== undefined) this.#management.set(name, management)
    const metadata = annotations === undefined ? before.metadata : { ...before.metadata, annotations }
    this.#change(name, before, { spec: this.#spec(name), metadata })
  }

  /** Somebody deletes a manifest. */
  delete(name: string): void {
    this.#wanted.delete(name)
    const before = this.object(name)
    if (before === undefined) return
    const metadata = { ...before.metadata, deletionTimestamp: '2026-01-02T00:00:00Z' }
    this.#change(name, before, { metadata })
    this.collectGarbage()
  }

  /** What is deleted and held by no finalizer is gone. */
  collectGarbage(): void {
    for (const name of this.names) {
      const { deletionTimestamp, finalizers = [] } = this.object(name)?.metadata ?? {}
      if (deletionTimestamp !== undefined && finalizers.length === 0)
        this.#api.objects.delete(this.#path(name))
    }
  }

  #spec(name: string) {
    const management = this.#management.get(name)
    return {
      securables: [{ type: 'schema', name: 'main.silver' }],
      grants: [{ principal, privileges: this.#granting.get(name) ?? [] }],
      ...(management === undefined ? {} : { management }),
    }
  }

  #change(
    name: string,
    { metadata: before }: KubeObject,
    { spec, metadata = before }: Partial<KubeObject>,
  ): void {
    const generation = (before.generation ?? 0) + 1
    this.#api.change(this.#path(name), {
      ...(spec === undefined ? {} : { spec }),
      metadata: { ...metadata, generation },
    })
  }

  #path(name: string): string {
    return this.#paths.get(name) ?? ''
  }
}
