import type { z } from 'zod'
import { admissionSchema, type Admission } from '../auth/admission.ts'
import { faultSchema, type Faults } from '../http/faults.ts'
import { limitsSchema, type Limits } from '../http/limits.ts'
import { staleSchema, type StaleReads } from '../http/stale.ts'
import { done, withBody, type ControlRoute } from './route.ts'

/** What goes wrong, and from when on. */
export const troubleRoutes = (parts: {
  faults: Faults
  stale: StaleReads
  limits: Limits
  admission: Admission
}): ControlRoute[] => [
  ...ruleRoutes('/faults', faultSchema, parts.faults),
  ...ruleRoutes('/stale', staleSchema, parts.stale),
  {
    method: 'GET',
    path: '/limits',
    handle: () => done({ ...parts.limits.settings, ...parts.limits.figures }),
  },
  {
    method: 'PUT',
    path: '/limits',
    handle: withBody(limitsSchema, (settings) => parts.limits.set(settings)),
  },
  { method: 'GET', path: '/admission', handle: () => done({ mode: parts.admission.mode }) },
  {
    method: 'PUT',
    path: '/admission',
    handle: withBody(admissionSchema, ({ mode }) => {
      parts.admission.mode = mode
    }),
  },
]

/** Rules that are added one by one, looked at, and dropped together. */
export const ruleRoutes = <Rule>(
  path: string,
  schema: z.ZodType<Rule>,
  rules: { add(rule: Rule): void; list(): readonly unknown[]; clear(): void },
): ControlRoute[] => [
  { method: 'GET', path, handle: () => done(rules.list()) },
  { method: 'POST', path, handle: withBody(schema, (rule) => rules.add(rule)) },
  {
    method: 'DELETE',
    path,
    handle: () => {
      rules.clear()
      return done()
    },
  },
]
