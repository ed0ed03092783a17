import type { IncomingHttpHeaders } from 'node:http'
import { jsonAnswer, type Answer } from './exchange.ts'

const loopback = /^(localhost|[a-z0-9.-]+\.localhost|127(\.[0-9]{1,3}){3}|\[::1\])(:[0-9]+)?$/i

/**
 * Refuses a control call that does not come from this machine's own doing. The server listens on loopback
 * only, but a web page in a browser here can reach it too: under a name of its own that it lets point to
 * 127.0.0.1, or by sending a form across sites. Both show in what the browser sends.
 */
export function refuseUnlessLocal({ host = '', origin }: IncomingHttpHeaders): Answer | undefined {
  const sender = origin?.replace(/^https?:\/\//i, '')
  if (loopback.test(host) && (sender === undefined || loopback.test(sender))) return undefined
  return jsonAnswer(403, { error: 'The control API answers to loopback addresses only.' })
}
