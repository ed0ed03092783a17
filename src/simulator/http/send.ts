import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Answer, Response } from './exchange.ts'

/** The two ends of one exchange, and patience measured by whoever started the server. */
export interface Wire {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly sleep: (milliseconds: number) => Promise<void>
}

/** Sends a response over the wire, well or badly. Resolves when there is nothing more to send. */
export async function send(wire: Wire, answer: Response): Promise<void> {
  const { request, response } = wire
  switch (answer.kind) {
    case 'Reset':
      request.socket.resetAndDestroy()
      return
    case 'Silence':
      return
    case 'Answer':
      writeHead(wire, answer)
      response.write(answer.body)
      // A refused body may still be on its way: closing now would take the answer from its sender.
      if (!request.complete) await ended(request)
      response.end()
      return
    case 'HeadersOnly':
      writeHead(wire, answer.answer)
      response.flushHeaders()
      return
    case 'CutOff': {
      const { body } = answer.answer
      writeHead(wire, answer.answer, Math.max(2, Buffer.byteLength(body)))
      // The closing has to wait until the half has left.
      response.write(body.slice(0, body.length / 2), () => request.socket.destroySoon())
      return
    }
    case 'Drip':
      return drip(wire, answer)
    default:
      return answer satisfies never
  }
}

const ended = (request: IncomingMessage): Promise<void> =>
  new Promise((resolve) => request.once('close', resolve))

function writeHead(
  { request, response }: Wire,
  { status, headers, body }: Answer,
  declaredLength = Buffer.byteLength(body),
): void {
  // A body that was too long has not been read to its end: the connection cannot be used again.
  const closing = request.complete ? {} : { Connection: 'close' }
  response.writeHead(status, { ...headers, ...closing, 'Content-Length': declaredLength })
}

async function drip(
  wire: Wire,
  { answer, bytes, everySeconds }: Extract<Response, { kind: 'Drip' }>,
): Promise<void> {
  const { response, sleep } = wire
  const body = Buffer.from(answer.body)
  writeHead(wire, answer)
  response.flushHeaders()
  for (let from = 0; from < body.length && !response.destroyed; from += bytes) {
    await sleep(everySeconds * 1000)
    response.write(body.subarray(from, from + bytes))
  }
  response.end()
}
