/**
 * Which budget a call takes its turn in.
 *
 * There is one for each Databricks workspace, whatever number of manifests and hosts lead there. Until a host has told
 * which workspace it is, it has one of its own; then the two become one. Of what several manifests allow, the lowest
 * counts.
 */
import type { Clock } from '../clock.ts'
import type { Log } from '../telemetry/log.ts'
import { Turns, type Asking, type Paused, type Permit, type Standing } from './budget-turns.ts'

/** Requests per second in a workspace whose manifests do not say. */
export const defaultRequestsPerSecond = 10

/**
 * How many workspaces a host may say that it is. Who restores or moves one needs two; one that says a new id with every
 * answer would have a budget, and series of metrics, for each.
 */
const mostIdsOfHost = 4

/** A host's way to its budget. */
export interface Allowance {
  /** Waits until a request may be sent. */
  turn(asking: Asking): Promise<Permit | Paused>
  /** The host told which workspace it is. Returns the id of the one in whose budget it is. */
  leadsTo(workspaceId: string): string
}

/** What a manifest says about the budget of the workspace it names. */
export interface Agreement {
  /** Scheme, host and port. */
  readonly host: string
  readonly requestsPerSecond?: number | undefined
}

/** The budget of one workspace. */
export interface WorkspaceStanding extends Standing {
  /** Its id, or its host as long as the id is not known. */
  readonly workspace: string
}

/** See the head of the file. */
export class Budgets {
  readonly #options: { readonly clock: Clock; readonly log: Log; readonly signal: AbortSignal }
  readonly #ofHost = new Map<string, Turns>()
  readonly #idOfHost = new Map<string, string>()
  /** All that were believed. */
  readonly #idsOfHost = new Map<string, Set<string>>()
  readonly #ofWorkspace = new Map<string, Turns>()
  /** By the key of the manifest. */
  readonly #agreements = new Map<string, Agreement>()
  readonly #listeners: ((manifest: string) => void)[] = []

  /** `signal` falls when the program ends. */
  constructor(options: { readonly clock: Clock; readonly log: Log; readonly signal: AbortSignal }) {
    this.#options = options
  }

  at(host: string): Allowance {
    return {
      turn: (asking) => this.#turnsOf(host).turn(asking),
      leadsTo: (workspaceId) => {
        const before = this.#idOfHost.get(host)
        if (before === workspaceId) return workspaceId
        if (before !== undefined && !this.#isBelieved(host, workspaceId)) return before
        this.#identify(host, workspaceId)
        return workspaceId
      },
    }
  }

  /** Records what a manifest says, in place of what it said before. */
  agree(manifest: string, { host, requestsPerSecond }: Agreement): void {
    const before = this.#agreements.get(manifest)
    if (before?.host === host && before.requestsPerSecond === requestsPerSecond) return
    this.#agreements.set(manifest, { host, requestsPerSecond })
    this.#dropUnnamed()
    this.#applyAgreements()
  }

  /** A manifest is gone. */
  forget(manifest: string): void {
    if (!this.#agreements.delete(manifest)) return
    this.#dropUnnamed()
    this.#applyAgreements()
  }

  /** Calls `listener` with the manifest's key whenever its workspace begins or ceases to throttle us. */
  onThrottled(listener: (manifest: string) => void): void {
    this.#listeners.push(listener)
  }

  isThrottled(host: string): boolean {
    return this.#ofHost.get(host)?.standing().isThrottled ?? false
  }

  /** How every budget stands. */
  standings(): WorkspaceStanding[] {
    const unknown = [...this.#ofHost].filter(([host]) => !this.#idOfHost.has(host))
    return [...this.#ofWorkspace, ...unknown].map(([workspace, turns]) => ({
      workspace,
      ...turns.standing(),
    }))
  }

  #turnsOf(host: string): Turns {
    const known = this.#ofHost.get(host)
    if (known !== undefined) return known
    const made = this.#makeTurns()
    this.#ofHost.set(host, made)
    this.#applyAgreements()
    return made
  }

  #makeTurns(): Turns {
    const turns: Turns = new Turns({
      ...this.#options,
      requestsPerSecond: defaultRequestsPerSecond,
      onThrottled: () => this.#tell(turns),
    })
    return turns
  }

  #isBelieved(host: string, workspaceId: string): boolean {
    const ids = this.#idsOfHost.get(host)
    return ids === undefined || ids.size < mostIdsOfHost || ids.has(workspaceId)
  }

  #identify(host: string, workspaceId: string): void {
    const isFirst = !this.#idOfHost.has(host)
    const own = this.#turnsOf(host)
    // A host that leads elsewhere now leaves what it learned to the workspace it led to before.
    const turns = this.#ofWorkspace.get(workspaceId) ?? (isFirst ? own : this.#makeTurns())
    if (isFirst && turns !== own) turns.absorb(own)
    this.#idOfHost.set(host, workspaceId)
    this.#idsOfHost.set(host, (this.#idsOfHost.get(host) ?? new Set()).add(workspaceId))
    this.#ofHost.set(host, turns)
    this.#ofWorkspace.set(workspaceId, turns)
    this.#applyAgreements()
  }

  #applyAgreements(): void {
    const rates = new Map<Turns, number>()
    for (const { host, requestsPerSecond: rate = defaultRequestsPerSecond } of this.#agreements.values()) {
      const turns = this.#ofHost.get(host)
      if (turns !== undefined) rates.set(turns, Math.min(rates.get(turns) ?? rate, rate))
    }
    for (const [turns, rate] of rates) turns.agree(rate)
  }

  /** Hosts that no manifest names any more, and workspaces that no host leads to. */
  #dropUnnamed(): void {
    const named = new Set([...this.#agreements.values()].map(({ host }) => host))
    for (const host of this.#ofHost.keys()) {
      if (named.has(host)) continue
      this.#ofHost.delete(host)
      this.#idOfHost.delete(host)
      this.#idsOfHost.delete(host)
    }
    const used = new Set(this.#ofHost.values())
    for (const [id, turns] of this.#ofWorkspace) if (!used.has(turns)) this.#ofWorkspace.delete(id)
  }

  #tell(turns: Turns): void {
    for (const [manifest, { host }] of this.#agreements)
      if (this.#ofHost.get(host) === turns) for (const listener of this.#listeners) listener(manifest)
  }
}
