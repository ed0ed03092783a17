import { z } from 'zod'
import type { RequestLog } from '../http/request-log.ts'
import { done, wrong, type ControlRoute } from './route.ts'

const number = z.string().regex(/^[0-9]{1,15}$/, 'must be a whole number')

const filterSchema = z.strictObject({
  since: number.default('0').transform(Number),
  method: z.string().optional(),
  path: z.string().optional(),
  identity: z.string().optional(),
  status: number.transform(Number).optional(),
})

/** What was called. */
export const requestRoutes = (log: RequestLog): ControlRoute[] => [
  {
    method: 'GET',
    path: '/requests',
    handle: ({ query }) => {
      const filter = filterSchema.safeParse(Object.fromEntries(query))
      if (!filter.success) return wrong(z.prettifyError(filter.error))
      const { since, method, path, identity, status } = filter.data
      return done(log.list({ since, method, pathPrefix: path, identity, status }))
    },
  },
  {
    method: 'DELETE',
    path: '/requests',
    handle: () => {
      log.clear()
      return done()
    },
  },
]
