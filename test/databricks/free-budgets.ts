import type { Budgets } from '../../src/databricks/budgets.ts'
import type { Permit } from '../../src/databricks/budget-turns.ts'

const permit: Permit = {
  is: 'Permit',
  again: () => undefined,
  refused: () => undefined,
  end: () => undefined,
}

/** Budgets without a limit, for tests about something else. Hosts in `throttled` are said to slow us down. */
export const freeBudgets = (
  throttled: ReadonlySet<string> = new Set(),
): Pick<Budgets, 'at' | 'agree' | 'forget' | 'isThrottled'> => ({
  at: () => ({ turn: () => Promise.resolve(permit), leadsTo: (id) => id }),
  agree: () => undefined,
  forget: () => undefined,
  isThrottled: (host) => throttled.has(host),
})
