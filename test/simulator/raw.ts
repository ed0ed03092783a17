import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import type { Client } from './harness.ts'

/** A request as it stands on the wire, with the usual credentials. */
export const head = (...lines: string[]): string =>
  [...lines, 'Host: 127.0.0.1', 'Authorization: Bearer lakeward-demo', '', ''].join('\r\n')

/** A connection of its own. */
export const connection = ({ url }: Client): Socket => connect(Number(new URL(url).port), '127.0.0.1')

/** Sends bytes as they are and reads until the connection ends. `body` follows in its own time. */
export async function raw(client: Client, start: string, body: Iterable<Buffer> = []): Promise<string> {
  const socket = connection(client)
  let answer = ''
  socket.on('data', (chunk: Buffer) => (answer += chunk.toString()))
  const closed = once(socket, 'close')
  socket.write(start)
  for (const chunk of body) if (!socket.write(chunk)) await Promise.race([once(socket, 'drain'), closed])
  await closed
  return answer
}
