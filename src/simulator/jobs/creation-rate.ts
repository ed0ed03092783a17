const hour = 3_600_000

/** When jobs were created by calls during the last hour. Like time itself it is never put back. */
export class CreationRate {
  #instants: number[] = []

  /** How many were created in the hour before this instant. */
  count(now: number): number {
    const first = this.#instants.findIndex((at) => at > now - hour)
    if (first !== 0) this.#instants = first === -1 ? [] : this.#instants.slice(first)
    return this.#instants.length
  }

  note(now: number): void {
    this.#instants.push(now)
  }
}
