import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'

/** A name server that knows no name: https://www.rfc-editor.org/rfc/rfc1035#section-4 */
export class NameServer implements AsyncDisposable {
  readonly address = '127.0.0.153'
  /** The names that somebody has asked for. */
  readonly asked = new Set<string>()
  readonly #socket: Socket = createSocket('udp4')

  async start(): Promise<this> {
    this.#socket.on('message', (question, { port, address }) => {
      this.asked.add(nameIn(question))
      const answer = Buffer.from(question)
      // An answer of one that asks others, and: there is no such name.
      answer.writeUInt16BE(0x81_83, 2)
      this.#socket.send(answer, port, address)
    })
    this.#socket.bind(53, this.address)
    await once(this.#socket, 'listening')
    return this
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#socket, 'close')
    this.#socket.close()
    await closed
  }
}

/** Its parts follow the header, each behind its length. */
function nameIn(question: Buffer): string {
  const parts: string[] = []
  for (let at = 12; question.readUInt8(at) > 0; at += question.readUInt8(at) + 1)
    parts.push(question.toString('ascii', at + 1, at + 1 + question.readUInt8(at)))
  return parts.join('.')
}
