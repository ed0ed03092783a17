import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { formatJson } from '../../databricks/json.ts'
import type { Log } from '../../telemetry/log.ts'
import type { Principals } from '../principals.ts'
import type { Api, Response } from './api.ts'
import { readBody } from './body.ts'
import type { Control } from './control.ts'
import { decodeSegment } from './decode-segment.ts'
import { isRefusal, Refusal } from './refusal.ts'

/** What answers the two halves of the address space. */
export interface Doors {
  readonly api: Api
  readonly control: Control
  readonly principals: Principals
  readonly log: Log
}

const asSomebody = /^\/simulator\/as\/([^/]+)(\/.*)$/

/** An HTTP server in front of the workspace, not listening yet. */
export function createHttpServer(doors: Doors): Server {
  const server = createServer((request, response) => {
    serve(doors, request).then(
      (answer) => send(request, response, answer),
      (error: unknown) => {
        // A client that goes away while it sends ends here too; nobody is left to answer.
        if (request.destroyed && !request.complete) return
        doors.log.error({ err: error, method: request.method }, 'the simulator failed')
        const refusal = new Refusal(500, 'INTERNAL_ERROR', {
          message: 'The simulator failed; its log says why.',
        })
        send(request, response, json(500, refusal.body()))
      },
    )
  })
  // Longer than clients keep an idle connection: otherwise a reused one may be closed under a request.
  server.keepAliveTimeout = 65_000
  return server
}

const json = (status: number, body: unknown): Response => ({
  kind: 'Answer',
  status,
  headers: { 'Content-Type': 'application/json' },
  body: formatJson(body),
})

async function serve({ api, control, principals }: Doors, message: IncomingMessage): Promise<Response> {
  const { method = 'GET', url = '/', headers } = message
  const [rawPath = '/', ...rest] = url.split('?')
  const query = new URLSearchParams(rest.join('?'))
  const text = await readBody(message)
  const [, user, personPath] = asSomebody.exec(rawPath) ?? []
  const name = user === undefined ? undefined : decodeSegment(user)
  if (user !== undefined && name === undefined)
    return json(400, { error: `Broken percent-encoding: ${user}` })
  if (rawPath.startsWith('/simulator/') && name === undefined) {
    const answer = control.serve({ method, path: rawPath, query, text: isRefusal(text) ? '' : text })
    return { kind: 'Answer', headers: { 'Content-Type': 'application/json' }, ...answer }
  }
  const person = name === undefined ? undefined : principals.namedOrNewAdmin(name)
  return api.serve({ method, path: personPath ?? rawPath, query, headers, text, person })
}

function send(request: IncomingMessage, response: ServerResponse, answer: Response): void {
  switch (answer.kind) {
    case 'Reset':
      request.socket.resetAndDestroy()
      return
    case 'Answer': {
      // A body that was too long has not been read to its end: the connection cannot be used again.
      const headers = request.complete ? answer.headers : { ...answer.headers, Connection: 'close' }
      response.writeHead(answer.status, { ...headers, 'Content-Length': Buffer.byteLength(answer.body) })
      response.end(answer.body)
    }
  }
}
