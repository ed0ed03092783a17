const newline = 0x0a

/**
 * The complete lines of a byte stream.
 *
 * Guarantees: splits at `\n` only (U+2028 inside a JSON string is text, not an end of line), decodes a
 * line only when it is whole (a character cut by a packet stays one), and drops a last line without its
 * end, which a broken connection leaves behind. Never holds more of one line than may be: then it throws what
 * `tooLong` makes.
 */
export async function* lines(
  chunks: AsyncIterable<Uint8Array>,
  { mostBytes, tooLong }: { mostBytes: number; tooLong: () => Error },
): AsyncGenerator<string, void, undefined> {
  let pieces: Uint8Array[] = []
  let held = 0
  for await (const chunk of chunks) {
    let start = 0
    for (let end = chunk.indexOf(newline); end !== -1; end = chunk.indexOf(newline, start)) {
      pieces.push(chunk.subarray(start, end))
      const line = Buffer.concat(pieces).toString('utf8')
      pieces = []
      held = 0
      start = end + 1
      if (line.trim() !== '') yield line
    }
    held += chunk.length - start
    if (held > mostBytes) throw tooLong()
    if (start < chunk.length) pieces.push(chunk.subarray(start))
  }
}
