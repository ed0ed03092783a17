import { describe, expect, it } from 'vitest'
import { lines } from '../../src/kube/lines.ts'

async function* chunksOf(...chunks: (string | Uint8Array)[]): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) yield typeof chunk === 'string' ? Buffer.from(chunk) : chunk
}

async function read(...chunks: (string | Uint8Array)[]): Promise<string[]> {
  const found: string[] = []
  const limits = { mostBytes: 30, tooLong: () => new Error('too long') }
  for await (const line of lines(chunksOf(...chunks), limits)) found.push(line)
  return found
}

describe('lines of a stream', () => {
  it('are put together from pieces and taken out of one piece', async () => {
    expect(await read('on', 'e', '\ntwo\nthr', 'ee\n')).toEqual(['one', 'two', 'three'])
  })

  it('end at a newline only, never at a line separator inside a string', async () => {
    expect(await read('a\u2028b\u2029c\r\n')).toEqual(['a\u2028b\u2029c\r'])
  })

  it('keep a character whole that two packets share', async () => {
    const bytes = Buffer.from('ä€😀\n')
    expect(await read(...Array.from(bytes, (_, index) => bytes.subarray(index, index + 1)))).toEqual(['ä€😀'])
  })

  it('leave out a last one without its end, and empty ones', async () => {
    expect(await read('\none\n\n{"torn":')).toEqual(['one'])
  })

  it('are many, or long in pieces, but none longer than may be held', async () => {
    const long = 'x'.repeat(30)
    expect(await read(`${long}\n${long}\n`, long, '\n')).toEqual([long, long, long])
    await expect(read(long, '', 'x')).rejects.toThrow('too long')
  })
})
