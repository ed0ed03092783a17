import { open } from 'node:fs/promises'
import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import { systemClock } from '../../src/clock.ts'

/** One request as the API server recorded it. */
export interface AuditedRequest {
  readonly verb: string
  /** Plural name with the subresource, such as `jobspecs/status`; the path where there is no resource. */
  readonly resource: string
  readonly status: number
}

/** https://kubernetes.io/docs/reference/config-api/apiserver-audit.v1/ */
const eventSchema = z.object({
  auditID: z.string(),
  verb: z.string(),
  requestURI: z.string(),
  user: z.object({ username: z.string() }),
  objectRef: z.object({ resource: z.string(), subresource: z.string().optional() }).optional(),
  responseStatus: z.object({ code: z.int() }).optional(),
})

/** Requests of one user count as over when none has come for so long, in milliseconds. */
const quiet = 2_000
const longestWait = 60_000

/** The API server's log of all requests, read from a moment on. */
export class AuditLog {
  readonly #path: string
  readonly #touch: (path: string) => Promise<unknown>
  #from = 0

  /** `touch` does a GET of a path as anybody but those who are counted. */
  constructor(path: string, touch: (path: string) => Promise<unknown>) {
    this.#path = path
    this.#touch = touch
  }

  /** Forgets what was before now. */
  async begin(): Promise<void> {
    const text = await this.#flushed()
    this.#from += Buffer.byteLength(text)
  }

  /** What a user asked since `begin`, the lease included. */
  async since(user: string): Promise<AuditedRequest[]> {
    return requestsOf(await this.#flushed(), user)
  }

  /** What a user asked since `begin`, once the user has gone quiet. */
  async settled(user: string, signal: AbortSignal): Promise<AuditedRequest[]> {
    const deadline = systemClock.monotonic() + longestWait
    let before = workOf(await this.#flushed(), user)
    for (;;) {
      await systemClock.sleep(quiet, signal)
      const now = workOf(await this.#flushed(), user)
      if (now.length === before.length) return now
      if (systemClock.monotonic() > deadline) throw new Error(`${user} does not come to rest`)
      before = now
    }
  }

  /** The log since `begin`. A line may come after its answer, so a request of our own goes last. */
  async #flushed(): Promise<string> {
    const sign = `/version?sign=${randomUUID()}`
    await this.#touch(sign)
    const deadline = systemClock.monotonic() + longestWait
    for (;;) {
      const text = await this.#read()
      const found = text.indexOf(sign)
      const end = found === -1 ? -1 : text.indexOf('\n', found)
      if (end !== -1) return text.slice(0, end + 1)
      if (systemClock.monotonic() > deadline) throw new Error('the log of requests does not move')
      await systemClock.sleep(20)
    }
  }

  async #read(): Promise<string> {
    const file = await open(this.#path)
    try {
      const { size } = await file.stat()
      const { buffer, bytesRead } = await file.read({
        buffer: Buffer.alloc(size - this.#from),
        position: this.#from,
      })
      return buffer.toString('utf8', 0, bytesRead)
    } finally {
      await file.close()
    }
  }
}

/** The lease is renewed all the time, whatever the work is, and is not part of its cost. */
const workOf = (text: string, user: string): AuditedRequest[] =>
  requestsOf(text, user).filter(({ resource }) => resource !== 'leases')

/** A watch is in the log twice, when it begins and when it ends; it is one request. */
function requestsOf(text: string, user: string): AuditedRequest[] {
  const byId = new Map<string, AuditedRequest>()
  for (const line of text.split('\n')) {
    if (line === '') continue
    const { auditID, verb, requestURI, objectRef, responseStatus, ...event } = eventSchema.parse(
      JSON.parse(line),
    )
    if (event.user.username !== user) continue
    const resource =
      objectRef === undefined
        ? requestURI
        : [objectRef.resource, objectRef.subresource].filter((part) => part !== undefined).join('/')
    byId.set(auditID, { verb, resource, status: responseStatus?.code ?? 0 })
  }
  return [...byId.values()]
}
