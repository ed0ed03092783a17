import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { systemClock, type Clock } from '../clock.ts'
import { silentLog, type Log } from '../telemetry/log.ts'
import type { Content } from './content.ts'
import { Api } from './http/api.ts'
import { Control } from './http/control.ts'
import { Faults } from './http/faults.ts'
import { RequestLog } from './http/request-log.ts'
import { createHttpServer } from './http/server.ts'
import { Tokens } from './http/tokens.ts'
import { demoTokens, seedContent } from './seed-content.ts'
import { usualSwitches, type Switches } from './switches.ts'
import { VirtualClock } from './virtual-clock.ts'
import { createWorkspace } from './workspace.ts'

/** Where a simulator listens unless told otherwise; the examples know it. */
export const defaultPort = 8642

/** How a simulator is to be; everything has a default. */
export interface SimulatorOptions {
  /** 0 takes any free port. */
  readonly port?: number
  /** Access token → e-mail or application id. A name that the content does not have becomes an administrator. */
  readonly tokens?: Readonly<Record<string, string>>
  /** Virtual seconds per second of `clock`; 0 stands still until it is advanced. */
  readonly speed?: number
  readonly clock?: Clock
  /** The same seed gives the same ids and orders. */
  readonly seed?: number
  readonly content?: Content
  readonly switches?: Partial<Switches>
  readonly log?: Log
}

/** A Databricks workspace that answers on loopback. */
export interface Simulator {
  readonly url: string
  readonly port: number
  /** Closes the port and every connection; what it remembered is gone. */
  stop(): Promise<void>
}

/** Starts a workspace. Rejects with the socket's error if the port cannot be had. */
export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const { clock = systemClock, seed = 1, content = seedContent, log: diary = silentLog } = options
  const switches = { ...usualSwitches, ...options.switches }
  const virtual = new VirtualClock(clock, options.speed ?? 1)
  const workspace = createWorkspace({ clock: virtual, seed, switches, content })
  const tokens = new Tokens(options.tokens ?? demoTokens, workspace.principals, switches)
  const faults = new Faults()
  const log = new RequestLog()
  const stopping = new AbortController()
  const sleep = (milliseconds: number) =>
    milliseconds > 0 ? clock.sleep(milliseconds, stopping.signal) : Promise.resolve()
  const api = new Api({ workspace, tokens, faults, log, sleep })
  const control = new Control({ workspace, log, faults, tokens })
  const server = createHttpServer({ api, control, principals: workspace.principals, log: diary })
  server.listen(options.port ?? defaultPort, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    async stop() {
      if (!server.listening) return
      const closed = once(server, 'close')
      server.close()
      stopping.abort(new Error('The simulator stops'))
      server.closeAllConnections()
      await closed
    },
  }
}
