import { z } from 'zod'
import { decodeSegment } from '../http/decode-segment.ts'
import { jsonAnswer, type Answer } from '../http/exchange.ts'

/** One control call. */
export interface ControlCall {
  /** What stood in the `{…}` segments of the route, decoded. */
  readonly parameters: Readonly<Record<string, string>>
  readonly query: URLSearchParams
  readonly text: string
}

/** A control call and where it stands. */
export interface ControlRoute {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** Path behind `/simulator`; `{name}` stands for one segment. */
  readonly path: string
  readonly handle: (call: ControlCall) => Answer
}

/** 200 with a body; `{}` if there is nothing to say. */
export const done = (body: unknown = {}): Answer => jsonAnswer(200, body)

/** 400: what is wrong with the call, as `error`. */
export const wrong = (problem: string): Answer => jsonAnswer(400, { error: problem })

/** 404: what there is not, as `error`. */
export const missing = (what: string): Answer => jsonAnswer(404, { error: `No such ${what}` })

/**
 * A route that takes a body. It is read strictly, since a misspelt fault that does nothing would make a test
 * pass for nothing. What `act` returns is answered.
 */
export function withBody<Shape extends z.ZodType>(
  schema: Shape,
  act: (body: z.output<Shape>, call: ControlCall) => Answer | void,
): (call: ControlCall) => Answer {
  return (call) => {
    let body: unknown
    try {
      body = JSON.parse(call.text === '' ? '{}' : call.text)
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error
      return wrong(`The body is no JSON: ${error.message}`)
    }
    const result = schema.safeParse(body)
    return result.success ? (act(result.data, call) ?? done()) : wrong(z.prettifyError(result.error))
  }
}

/** The values of a route's `{…}` segments; undefined if the path does not fit or is badly encoded. */
export function bind(pattern: string, path: string): Record<string, string> | undefined {
  const expected = pattern.split('/')
  const actual = path.split('/')
  if (expected.length !== actual.length) return undefined
  const parameters: Record<string, string> = {}
  for (const [index, segment] of expected.entries()) {
    const name = /^\{(.+)\}$/.exec(segment)?.[1]
    const value = actual[index] ?? ''
    const decoded = name === undefined ? value : decodeSegment(value)
    if (name === undefined ? segment !== value : decoded === undefined || decoded === '') return undefined
    if (name !== undefined && decoded !== undefined) parameters[name] = decoded
  }
  return parameters
}
