import { z } from 'zod'
import type { VirtualClock } from '../virtual-clock.ts'
import { done, withBody, type ControlRoute } from './route.ts'

const clockSchema = z
  .strictObject({
    advanceSeconds: z
      .number()
      .min(0)
      .max(100 * 365 * 86_400)
      .optional(),
    /** Virtual seconds per second; 0 freezes the time. */
    speed: z.number().min(0).max(1_000_000).optional(),
  })
  .refine(({ advanceSeconds, speed }) => advanceSeconds !== undefined || speed !== undefined, {
    message: 'has advanceSeconds, speed, or both',
  })

const told = (clock: VirtualClock) => done({ now: new Date(clock.now()).toISOString(), speed: clock.speed })

/** The workspace's time. */
export const clockRoutes = (clock: VirtualClock): ControlRoute[] => [
  { method: 'GET', path: '/clock', handle: () => told(clock) },
  {
    method: 'POST',
    path: '/clock',
    handle: withBody(clockSchema, ({ advanceSeconds = 0, speed }) => {
      clock.advance(advanceSeconds * 1000)
      if (speed !== undefined) clock.runAt(speed)
      return told(clock)
    }),
  },
]
