import type { Clock } from '../clock.ts'
import type { JsonObject } from '../databricks/json.ts'
import type { KubeObject } from '../kube/object.ts'
import type { Status } from '../kinds/status.ts'
import { DatabricksSide, person } from './databricks-side.ts'
import type { Stage } from './stage.ts'
import type { Voice } from './voice.ts'

/** Something done in the web interface: the page, the click, and the API call it makes. */
interface Click {
  where: string
  what: string
  method: 'POST' | 'PATCH'
  path: string
  body: JsonObject
}

interface SceneMeans {
  stage: Pick<Stage, 'run' | 'simulatorUrl'>
  voice: Voice
  clock: Clock
  signal: AbortSignal
}

const patience = 30_000
const betweenLooks = 200

/** What a step of the story plays with. */
export class Scene {
  readonly databricks: DatabricksSide
  readonly voice: Voice
  readonly clock: Clock
  readonly #signal: AbortSignal
  readonly #stage: Pick<Stage, 'run'>
  #claims = 0

  constructor(means: SceneMeans) {
    this.databricks = new DatabricksSide(means.stage.simulatorUrl, means.signal)
    this.voice = means.voice
    this.clock = means.clock
    this.#signal = means.signal
    this.#stage = means.stage
  }

  /** How many claims were found true. */
  get claims(): number {
    return this.#claims
  }

  /** Shows a command, runs that very text, shows and returns the answer. It has to succeed. */
  async show(command: string): Promise<string> {
    this.voice.command(command)
    const { code, stdout, stderr } = await this.#stage.run(command)
    this.voice.answer(stdout + stderr)
    if (code !== 0) throw new Error(`${command}: exit code ${code}`)
    return stdout
  }

  /** Runs a command without a word, to hold a claim against its answer. */
  async ask(command: string): Promise<string> {
    const { code, stdout, stderr } = await this.#stage.run(command)
    if (code === 0) return stdout
    throw new Error(`${command}: exit code ${code}, ${stderr.trim()}`)
  }

  /** The status of an object of ours. */
  async status(name: string): Promise<Status> {
    const { status } = JSON.parse(await this.ask(`kubectl get ${name} -o json`)) as KubeObject<
      unknown,
      Status
    >
    return status ?? {}
  }

  /** The id in Databricks. */
  async externalId(name: string): Promise<string> {
    const { externalId } = await this.status(name)
    if (externalId === undefined) throw new Error(`${name} has no id in Databricks`)
    return externalId
  }

  /** Lets the person do something by hand in Databricks. */
  async click({ where, what, method, path, body }: Click): Promise<void> {
    this.voice.elsewhere(`${person} in ${where}:`)
    this.voice.answer(`${what}\n${method} ${path}`)
    await this.databricks.click(method, path, body)
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

  /** Waits for what kubectl cannot wait for. */
  async until(sentence: string, holds: () => Promise<boolean>): Promise<void> {
    const deadline = this.clock.monotonic() + patience
    while (!(await holds())) {
      if (this.clock.monotonic() > deadline)
        throw new Error(`waited ${patience / 1_000} s in vain until ${sentence}`)
      await this.clock.sleep(betweenLooks, this.#signal)
    }
  }

  /** A sentence that has to be true; one that is not ends the story. */
  claim(sentence: string, holds: boolean): void {
    if (!holds) throw new Error(`it is not true that ${sentence}`)
    this.#claims += 1
    this.voice.check(sentence)
  }
}
