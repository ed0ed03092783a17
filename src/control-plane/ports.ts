import { createServer, type AddressInfo, type Server } from 'node:net'

/** All servers of the control plane listen here and nowhere else. */
export const loopback = '127.0.0.1'

/**
 * Loopback ports that were free a moment ago. Nothing reserves them: whoever binds one must be ready to find
 * it taken and ask again.
 */
export async function freePorts(count: number): Promise<number[]> {
  const held: Server[] = []
  try {
    // All are held at once, so that the same port is not given twice.
    for (let index = 0; index < count; index += 1) held.push(await listen(0))
    return held.map((server) => (server.address() as AddressInfo).port)
  } finally {
    for (const server of held) await close(server)
  }
}

/** Whether somebody listens on a loopback port now. */
export async function isTaken(port: number): Promise<boolean> {
  try {
    await close(await listen(port))
    return false
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') return true
    throw error
  }
}

function listen(port: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen({ port, host: loopback, exclusive: true }, () => resolve(server))
  })
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
  })
}
