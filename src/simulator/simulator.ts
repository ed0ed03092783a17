import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { systemClock, type Clock } from '../clock.ts'
import { silentLog, type Log } from '../telemetry/log.ts'
import { createAuth, type AuthOptions } from './auth/auth.ts'
import type { Content } from './content.ts'
import { clockRoutes } from './control/clock-routes.ts'
import { catalogRoutes } from './control/catalog-routes.ts'
import { contentRoutes } from './control/content-routes.ts'
import { Control } from './control/control.ts'
import { credentialRoutes } from './control/credential-routes.ts'
import { principalRoutes } from './control/principal-routes.ts'
import { requestRoutes } from './control/request-routes.ts'
import { troubleRoutes } from './control/trouble-routes.ts'
import { Api } from './http/api.ts'
import { Faults } from './http/faults.ts'
import { Gateway } from './http/gateway.ts'
import { Limits } from './http/limits.ts'
import { RequestLog } from './http/request-log.ts'
import { createHttpServer, type Doors } from './http/server.ts'
import { StaleReads } from './http/stale.ts'
import { populate, type Counts } from './populate.ts'
import { demoTokens, seedContent } from './seed-content.ts'
import { usualSwitches, type Switches } from './switches.ts'
import { VirtualClock } from './virtual-clock.ts'
import { createWorkspace } from './workspace.ts'

/** Where a simulator listens unless told otherwise; the examples know it. */
export const defaultPort = 8642

/** How a simulator is to be; everything has a default. */
export interface SimulatorOptions extends AuthOptions {
  /** 0 takes any free port. */
  readonly port?: number
  /** Virtual seconds per second of `clock`; 0 stands still until it is advanced. */
  readonly speed?: number
  readonly clock?: Clock
  /** The same seed gives the same ids and orders. */
  readonly seed?: number
  readonly content?: Content
  /** More content, made up by the seed. */
  readonly populate?: Counts
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
  const { clock = systemClock } = options
  const stopping = new AbortController()
  const sleep = (milliseconds: number) =>
    milliseconds > 0 ? clock.sleep(milliseconds, stopping.signal) : Promise.resolve()
  const server = createHttpServer(createDoors(options, clock, sleep))
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
      server.closeAllConnections()
      stopping.abort(new Error('The simulator stops'))
      await closed
    },
  }
}

/** The workspace and everything in front of it. */
function createDoors(
  options: SimulatorOptions,
  clock: Clock,
  sleep: (milliseconds: number) => Promise<void>,
): Doors {
  const { seed = 1, content = seedContent, tokens = demoTokens, log: diary = silentLog } = options
  const switches = { ...usualSwitches, ...options.switches }
  const virtual = new VirtualClock(clock, options.speed ?? 1)
  const workspace = createWorkspace({ clock: virtual, seed, switches, content })
  if (options.populate !== undefined) populate(workspace, options.populate, seed)
  const auth = createAuth({ workspace, clock, seed }, { ...options, tokens })
  const trouble = { faults: new Faults(), stale: new StaleReads(), limits: new Limits(clock) }
  const log = new RequestLog()
  const { admission, callers, door } = auth
  const api = new Api(workspace, trouble.stale)
  return {
    gateway: new Gateway({ workspace, api, auth: door, callers, admission, ...trouble, log, sleep }),
    control: new Control([
      ...requestRoutes(log),
      ...clockRoutes(virtual),
      ...troubleRoutes({ ...trouble, admission }),
      ...credentialRoutes(auth),
      ...principalRoutes(workspace.principals),
      ...contentRoutes(workspace),
      ...catalogRoutes(workspace),
    ]),
    principals: workspace.principals,
    log: diary,
    sleep,
  }
}
