import type { Answer, Asked } from './answer.ts'
import type { Response } from './connection.ts'
import { KubeError } from './kube-error.ts'

/** What one answer may have. etcd holds no object of more than 1.5 MiB; long lists come in pages. */
export const mostAnswerBytes = 32 * 1024 * 1024

/** Reads a whole answer. One that is larger than anybody may make us hold is a KubeError `TooLarge`. */
export async function received(asked: Asked, { status, headers, body }: Response): Promise<Answer> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of body as AsyncIterable<Uint8Array>) {
    size += chunk.length
    // Leaving the loop closes the connection.
    if (size > mostAnswerBytes) throw tooLarge(asked, status)
    chunks.push(chunk)
  }
  const first = (name: string): string | undefined => {
    const value = headers[name]
    return Array.isArray(value) ? value[0] : value
  }
  return {
    status,
    retryAfter: first('retry-after'),
    location: first('location'),
    encoding: first('content-encoding'),
    text: Buffer.concat(chunks, size).toString('utf8'),
  }
}

function tooLarge({ call, server }: Asked, status: number): KubeError {
  const message = `${call}: ${server} sent more than ${mostAnswerBytes / 1024 / 1024} MiB in one answer`
  return new KubeError(message, { status, reason: 'TooLarge' })
}
