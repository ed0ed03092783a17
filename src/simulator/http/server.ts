import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Log } from '../../telemetry/log.ts'
import type { Control } from '../control/control.ts'
import type { Principals } from '../principals.ts'
import { declaredTooLong, readBody } from './body.ts'
import { decodeSegment } from './decode-segment.ts'
import { jsonAnswer, type Response } from './exchange.ts'
import type { Gateway } from './gateway.ts'
import { refuseUnlessLocal } from './local-only.ts'
import { isRefusal, Refusal } from './refusal.ts'
import { send } from './send.ts'

/** What answers the two halves of the address space. */
export interface Doors {
  readonly gateway: Gateway
  readonly control: Control
  readonly principals: Principals
  readonly log: Log
  readonly sleep: (milliseconds: number) => Promise<void>
}

const asSomebody = /^\/simulator\/as\/([^/]+)(\/.*)$/

/** An HTTP server in front of the workspace, not listening yet. */
export function createHttpServer(doors: Doors): Server {
  const server = createServer()
  const answer = (request: IncomingMessage, response: ServerResponse) => {
    exchange(doors, request, response).catch((error: unknown) => {
      // Not even the failure could be told: the connection is all that is left to end.
      doors.log.error({ err: error }, 'the simulator could not answer')
      request.socket.destroy()
    })
  }
  server.on('request', answer)
  server.on('checkContinue', (request, response) => {
    // A client that asks before it sends a long body is spared the sending.
    if (!declaredTooLong(request)) response.writeContinue()
    answer(request, response)
  })
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    const isLong = error.code === 'HPE_HEADER_OVERFLOW'
    const answer = unreadable(isLong ? '431 Request Header Fields Too Large' : '400 Bad Request')
    if (error.code === 'ECONNRESET' || !socket.writable) socket.destroy()
    else socket.end(answer)
  })
  // Longer than clients keep an idle connection: otherwise a reused one may be closed under a request.
  server.keepAliveTimeout = 65_000
  return server
}

/** The answer to what is no HTTP, or too much of it. */
function unreadable(status: string): string {
  const body = JSON.stringify({
    error_code: 'MALFORMED_REQUEST',
    message: 'The request could not be read.',
  })
  return [
    `HTTP/1.1 ${status}`,
    'Content-Type: application/json',
    `Content-Length: ${body.length}`,
    'Connection: close',
    '',
    body,
  ].join('\r\n')
}

async function exchange(doors: Doors, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const wire = { request, response, sleep: doors.sleep }
  const closed = new Promise<void>((resolve) => response.once('close', resolve))
  try {
    await send(wire, await serve(doors, request, closed))
  } catch (error) {
    // A client that goes away while it sends or is being answered ends here too; nobody is left to answer.
    if (request.socket.destroyed) return
    doors.log.error({ err: error, method: request.method }, 'the simulator failed')
    if (response.headersSent) return void response.destroy()
    const refusal = new Refusal(500, 'INTERNAL_ERROR', {
      message: 'The simulator failed; its log says why.',
    })
    await send(wire, jsonAnswer(500, refusal.body()))
  }
}

async function serve(doors: Doors, message: IncomingMessage, closed: Promise<void>): Promise<Response> {
  const { gateway, control, principals } = doors
  const { method = 'GET', headers } = message
  const [path, query] = targetOf(message)
  const isControl = path.startsWith('/simulator/')
  const foreign = isControl ? refuseUnlessLocal(headers) : undefined
  if (foreign !== undefined) return foreign
  const text = await readBody(message)
  const [, user, personPath] = asSomebody.exec(path) ?? []
  if (user === undefined && isControl) {
    return isRefusal(text)
      ? jsonAnswer(413, { error: text.message })
      : control.serve({ method, path, query, text })
  }
  const name = user === undefined ? undefined : decodeSegment(user)
  if (user !== undefined && name === undefined) {
    return jsonAnswer(400, { error: `Broken percent-encoding: ${user}` })
  }
  const person = name === undefined ? undefined : principals.namedOrNewAdmin(name)
  const origin = `http://${headers.host ?? 'localhost'}`
  return gateway.serve({ method, path: personPath ?? path, query, headers, text, origin, person, closed })
}

/** Path and query of a request. A client that takes us for its proxy sends a whole URL. */
function targetOf({ url = '/' }: IncomingMessage): [path: string, query: URLSearchParams] {
  const target = url.replace(/^https?:\/\/[^/?]*/i, '')
  const at = target.indexOf('?')
  const path = at === -1 ? target : target.slice(0, at)
  return [path === '' ? '/' : path, new URLSearchParams(at === -1 ? '' : target.slice(at + 1))]
}
