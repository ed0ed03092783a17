import { subscribe } from 'node:diagnostics_channel'
import { appendFileSync } from 'node:fs'

/*
 * Loaded into the operator's process beside it (`node --import operator-probe.ts?to=FILE`), which stays as it is.
 * Writes one JSON line for each look at the event loop (`late`: by how much it came too late), and for each request
 * begun and answered. `at` is in milliseconds since the epoch, with fractions.
 */

const file = new URL(import.meta.url).searchParams.get('to') ?? ''
/** Milliseconds between two looks, and between two writings. */
const look = 5
const flush = 500
const lines: string[] = []

const note = (fact: object): number =>
  lines.push(`${JSON.stringify({ at: performance.timeOrigin + performance.now(), ...fact })}\n`)

const write = (): void => appendFileSync(file, lines.splice(0).join(''))

let last = performance.now()
setInterval(() => {
  const now = performance.now()
  note({ late: Math.max(0, now - last - look) })
  last = now
}, look).unref()
setInterval(write, flush).unref()
process.on('exit', write)

/** https://undici.nodejs.org/#/docs/api/DiagnosticsChannel */
function nameOf(message: unknown): string {
  const { request } = message as { request: { method: string; path: string } }
  return `${request.method} ${request.path}`
}
subscribe('undici:request:create', (message) => note({ began: nameOf(message) }))
subscribe('undici:request:trailers', (message) => note({ ended: nameOf(message) }))
