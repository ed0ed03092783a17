import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Counted, Limit, Order } from './answering-server.ts'

/** A server that answers every request with a job, as a process of its own. */
export interface Answering extends AsyncDisposable {
  readonly port: number
  limit(limit: Limit | undefined): void
  /** What arrived since the last time this was asked. */
  count(): Promise<Counted>
}

export async function startAnswering(): Promise<Answering> {
  const child = fork(fileURLToPath(new URL('answering-server.ts', import.meta.url)))
  const say = (order: Order) => child.send(order)
  const [port] = (await once(child, 'message')) as [number]
  return {
    port,
    limit: (limit) => void say({ limit }),
    count: async () => {
      const answer = once(child, 'message') as Promise<[Counted]>
      say('count')
      return (await answer)[0]
    },
    [Symbol.asyncDispose]: async () => {
      const ended = once(child, 'exit')
      // It ends by itself when nobody talks to it any more, also when we are killed.
      child.disconnect()
      await ended
    },
  }
}
