import { formatJson } from '../../databricks/json.ts'
import type { Answer, Response } from './exchange.ts'
import type { Fault } from './fault.ts'

/** Whether a fault takes the place of the true answer, which then need not be made. */
export const replacesAnswer = ({ reset, hang, status }: Fault): boolean =>
  reset === true || hang === 'BeforeHeaders' || status !== undefined

/** The answer that a fault gives in the place of the true one. */
export function replacement({ status = 503, headers, body = '' }: Fault): Answer {
  const isText = typeof body === 'string'
  return {
    kind: 'Answer',
    status,
    headers: { 'Content-Type': isText ? 'text/plain' : 'application/json', ...headers },
    body: isText ? body : formatJson(body),
  }
}

/** How a fault lets an answer travel. */
export function delivery({ reset, hang, cut, drip }: Fault, answer: Answer): Response {
  if (reset === true) return { kind: 'Reset' }
  if (hang === 'BeforeHeaders') return { kind: 'Silence' }
  if (hang === 'AfterHeaders') return { kind: 'HeadersOnly', answer }
  if (cut === true) return { kind: 'CutOff', answer }
  return drip === undefined ? answer : { kind: 'Drip', answer, ...drip }
}
