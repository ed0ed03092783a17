/** Breaks a sentence into lines of at most `width` characters, each begun by `indent`; words stay whole. */
export function wrap(sentence: string, width: number, indent = ''): string {
  const lines: string[] = []
  let line = ''
  for (const word of sentence.split(/\s+/).filter((word) => word !== '')) {
    const longer = line === '' ? word : `${line} ${word}`
    if (line !== '' && indent.length + longer.length > width) {
      lines.push(line)
      line = word
    } else line = longer
  }
  return [...lines, line].map((one) => indent + one).join('\n')
}
