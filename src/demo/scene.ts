import type { Clock } from '../clock.ts'
import type { KubeObject } from '../kube/object.ts'
import type { Status } from '../kinds/status.ts'
import { DatabricksSide } from './databricks-side.ts'
import type { Stage } from './stage.ts'
import type { Voice } from './voice.ts'

/** An object of ours as kubectl shows it. */
type Seen = KubeObject<unknown, Status>

/** What a step of the story plays with. */
export class Scene {
  readonly databricks: DatabricksSide
  readonly voice: Voice
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly #stage: Stage
  #checks = 0

  constructor(means: { stage: Stage; voice: Voice; clock: Clock; signal: AbortSignal }) {
    this.databricks = new DatabricksSide(means.stage.simulatorUrl, means.signal)
    this.voice = means.voice
    this.clock = means.clock
    this.signal = means.signal
    this.#stage = means.stage
  }

  /** How many claims were found true. */
  get checks(): number {
    return this.#checks
  }

  /** Shows a command, runs that very text, shows and returns the answer. It has to succeed. */
  async show(command: string): Promise<string> {
    this.voice.command(command)
    const { code, stdout, stderr } = await this.#stage.run(command)
    this.voice.answer(stdout + stderr)
    if (code !== 0) throw new Error(`that command ended with exit code ${code}`)
    return stdout
  }

  /** Reads an object without a word, to hold a claim against it. */
  async object(name: string): Promise<Seen> {
    const { code, stdout, stderr } = await this.#stage.run(`kubectl get ${name} -o json`)
    if (code === 0) return JSON.parse(stdout) as Seen
    throw new Error(`kubectl get ${name} ended with exit code ${code}: ${stderr.trim()}`)
  }

  /** The id in Databricks. */
  async externalId(name: string): Promise<string> {
    const { status } = await this.object(name)
    if (status?.externalId !== undefined) return status.externalId
    throw new Error(`${name} has no id in Databricks`)
  }

  /** Says what a person asks Databricks, and the part of the answer that matters. */
  answerOfDatabricks(question: string, facts: Readonly<Record<string, unknown>>): void {
    this.voice.elsewhere(`Databricks: ${question}`)
    const widest = Math.max(...Object.keys(facts).map((name) => name.length))
    const lines = Object.entries(facts).map(
      ([name, value]) => `${name.padEnd(widest)}  ${JSON.stringify(value)}`,
    )
    this.voice.answer(lines.join('\n'))
  }

  /** A sentence that has to be true; one that is not ends the story. */
  claim(sentence: string, holds: boolean): void {
    if (!holds) throw new Error(`not true: ${sentence}`)
    this.#checks += 1
    this.voice.check(sentence)
  }
}
