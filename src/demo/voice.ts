import { homedir } from 'node:os'
import { styleText } from 'node:util'
import type { Clock } from '../clock.ts'
import { wrap } from './wrap.ts'

/** Where the demo speaks. */
export interface Paper {
  write(text: string): unknown
  /** Present when somebody sits in front of it; a pipe has none. */
  readonly columns?: number
}

interface VoiceOptions {
  paper: Paper
  /** Colours, and one line that is written over to show progress. */
  colour: boolean
  clock: Clock
  signal: AbortSignal
}

/** Our own lines are never longer than this, however wide the terminal. */
const widest = 110
const indent = '  '
/** So long does a reader get at the end of a step, in milliseconds. */
const readingTime = 2_000

/** Everything the demo prints, so that it looks alike everywhere and a pipe gets plain text. */
export class Voice {
  readonly #paper: Paper
  readonly #colour: boolean
  readonly #clock: Clock
  readonly #signal: AbortSignal
  /** A progress line is on the screen, to be written over. */
  #hasDraft = false

  constructor({ paper, colour, clock, signal }: VoiceOptions) {
    this.#paper = paper
    this.#colour = colour
    this.#clock = clock
    this.#signal = signal
  }

  /** How far something slow is. What does not fit on the updating line is more than progress and stays. */
  progress(sentence: string): void {
    const text = sentence.trim().replaceAll(homedir(), '~')
    if (!this.#colour || text.length >= this.#width) return this.say(text)
    this.#paper.write(`${erase}${indent}${this.#style('dim', text)}`)
    this.#hasDraft = true
  }

  heading(text: string): void {
    this.#line(`\n${this.#style('bold', text)}`)
  }

  say(sentence: string): void {
    this.#line(wrap(sentence, this.#width, indent))
  }

  /** A command as one would type it. */
  command(text: string): void {
    this.#line(`\n${indent}${this.#style('cyan', `$ ${text}`)}`)
  }

  /** What somebody else does or asks, not in a terminal. */
  elsewhere(text: string): void {
    this.#line(`\n${indent}${this.#style('magenta', text)}`)
  }

  /** An answer, word for word. */
  answer(text: string): void {
    if (text.trim() === '') return
    const lines = text.trimEnd().split('\n')
    this.#line(lines.map((line) => (line === '' ? '' : `${indent}${indent}${line}`)).join('\n'))
  }

  /** Something that was claimed and found true. */
  check(sentence: string): void {
    this.#line(
      `${indent}${this.#style('green', '✓')} ${wrap(sentence, this.#width - 4, indent + indent).trim()}`,
    )
  }

  /** The one line that says what went wrong. */
  failure(sentence: string): void {
    this.#line(`\n${this.#style('red', `✗ ${sentence}`)}`)
  }

  /** Time to read, where there is a reader. */
  async pause(): Promise<void> {
    if (this.#paper.columns !== undefined) await this.#clock.sleep(readingTime, this.#signal)
  }

  get #width(): number {
    return Math.min(this.#paper.columns ?? widest, widest)
  }

  #line(text: string): void {
    this.#paper.write(`${this.#hasDraft ? erase : ''}${text}\n`)
    this.#hasDraft = false
  }

  #style(format: Parameters<typeof styleText>[0], text: string): string {
    // Whether the stream takes colours was decided once, for all lines alike.
    return this.#colour ? styleText(format, text, { validateStream: false }) : text
  }
}

/** Back to the start of the line, and everything on it gone. */
const erase = '\r\u001B[K'
