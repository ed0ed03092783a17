/** What a soak runs again and again: tests that are short ones of `npm test`, too, in files of their own. */
export interface Part {
  readonly name: string
  readonly summary: string
  /** For vitest, below test. */
  readonly files: readonly string[]
}

/** A new part is a line here. */
export const parts: readonly Part[] = [
  {
    name: 'api-server',
    summary: 'what goes wrong with the API server, on the way to it, and with the operator itself',
    files: ['api-server-faults', 'api-server-lost', 'time-and-token', 'many-and-large'].map(
      (file) => `scenario/${file}`,
    ),
  },
  {
    name: 'invariants',
    summary: 'what holds for any manifests, the operator being killed, frozen and failed all the time',
    files: ['at-rest', 'borders', 'rebuilt', 'trouble'].map((file) => `invariant/${file}`),
  },
]

/** What makes the same tests harder than `npm test` does, unless the environment says otherwise. */
export const harder: Readonly<Record<string, string>> = {
  LAKEWARD_MANY: '2000',
  LAKEWARD_ROUNDS: '20',
  LAKEWARD_KILLS: '150',
}
