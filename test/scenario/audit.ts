import { open, stat } from 'node:fs/promises'
import type { ApiServer } from './api-server.ts'
import { until } from './until.ts'

/** One request to the API server, as it wrote it down. */
export interface Audited {
  verb: string
  requestURI: string
  user: { username: string; extra?: Record<string, string[] | undefined> }
  objectRef?: { apiGroup?: string; resource: string; subresource?: string; namespace?: string; name?: string }
  responseStatus?: { code: number }
  annotations?: { 'authorization.k8s.io/decision'?: 'allow' | 'forbid' }
}

const reading: ReadonlySet<string> = new Set(['get', 'list', 'watch'])
const unnoticed: ReadonlySet<string> = new Set([
  'events',
  'leases',
  'selfsubjectaccessreviews',
  'selfsubjectreviews',
])

/** Reads what the API server says it was asked, by one user and from the moment of making. */
export class Audit {
  readonly #path: string
  readonly #server: ApiServer
  readonly #user: string
  #offset: number
  #rest = ''
  readonly #entries: Audited[] = []
  #marks = 0

  private constructor(at: { path: string; server: ApiServer; user: string; offset: number }) {
    this.#path = at.path
    this.#server = at.server
    this.#user = at.user
    this.#offset = at.offset
  }

  static async from(at: { path: string; server: ApiServer; user: string }): Promise<Audit> {
    return new Audit({ ...at, offset: (await stat(at.path)).size })
  }

  /** Everything the user has asked so far, complete: the log has reached a request made for this. */
  async all(): Promise<readonly Audited[]> {
    this.#marks += 1
    const mark = `/api/v1/namespaces/default/configmaps/mark-${process.pid}-${Date.now()}-${this.#marks}`
    await this.#server.visit(mark)
    await until('the audit log is complete', async () => {
      const lines = await this.#newLines()
      for (const line of lines) this.#keep(JSON.parse(line) as Audited)
      return lines.some((line) => line.includes(mark))
    })
    return this.#entries
  }

  /** What one operator of several has asked so far, by its token: `get leases lakeward`. */
  async of({ tokenId }: { tokenId: string | undefined }): Promise<string[]> {
    const all = await this.all()
    return all
      .filter(({ user }) => user.extra?.['authentication.kubernetes.io/credential-id']?.[0] === tokenId)
      .map(({ verb, objectRef }) => {
        const { resource, subresource, name } = objectRef ?? { resource: '', subresource: undefined }
        const what = subresource === undefined ? resource : `${resource}/${subresource}`
        return [verb, what, ...(name === undefined ? [] : [name])].join(' ')
      })
  }

  /**
   * What the user changed, as `patch jobspecs/status nightly 200`. Left out are events, which are courtesy, the lease, which
   * is renewed all the time, and questions about our own rights, which are creates by their form only.
   */
  async writes(): Promise<string[]> {
    return (await this.all())
      .filter(({ verb, objectRef }) => !reading.has(verb) && !unnoticed.has(objectRef?.resource ?? ''))
      .map(({ verb, objectRef, responseStatus }) => {
        const { resource, subresource, name = '' } = objectRef ?? { resource: '' }
        const what = subresource === undefined ? resource : `${resource}/${subresource}`
        return `${verb} ${what} ${name} ${responseStatus?.code ?? 0}`
      })
  }

  #keep(entry: Audited): void {
    if (entry.user.username === this.#user) this.#entries.push(entry)
  }

  async #newLines(): Promise<string[]> {
    const file = await open(this.#path)
    try {
      const { size } = await file.stat()
      const { buffer, bytesRead } = await file.read({
        buffer: Buffer.alloc(size - this.#offset),
        position: this.#offset,
      })
      this.#offset += bytesRead
      // The last line may still be on its way; what is cut inside a character is only ever in that one.
      const lines = (this.#rest + buffer.toString('latin1', 0, bytesRead)).split('\n')
      this.#rest = lines.pop() ?? ''
      return lines
    } finally {
      await file.close()
    }
  }
}
