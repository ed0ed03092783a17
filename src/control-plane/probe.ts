import { Agent, request } from 'undici'

/** One question to a server that may not be there yet. */
export interface Probe {
  url: string
  method?: 'GET' | 'POST'
  body?: string
  token?: string
  /** PEM text to verify the server with. */
  certificate?: string
}

const timeoutMilliseconds = 5_000

/** The body of a 200 answer; undefined for anything else, since a server that starts may fail in every way. */
export async function probe({
  url,
  method = 'GET',
  body,
  token,
  certificate,
}: Probe): Promise<string | undefined> {
  const dispatcher = new Agent({
    connect: { timeout: timeoutMilliseconds, ...(certificate !== undefined && { ca: certificate }) },
    headersTimeout: timeoutMilliseconds,
    bodyTimeout: timeoutMilliseconds,
  })
  try {
    const answer = await request(url, {
      dispatcher,
      method,
      ...(body !== undefined && { body }),
      ...(token !== undefined && { headers: { authorization: `Bearer ${token}` } }),
    })
    const text = await answer.body.text()
    return answer.statusCode === 200 ? text : undefined
  } catch {
    return undefined
  } finally {
    await dispatcher.destroy()
  }
}
