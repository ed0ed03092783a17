import { once } from 'node:events'
import { constants } from 'node:os'
import type { Clock } from '../clock.ts'
import { lookAround } from './look-around.ts'
import { Scene } from './scene.ts'
import { startStage, type Stage } from './stage.ts'
import { ending, story } from './story.ts'
import { Voice, type Paper } from './voice.ts'

/** How to tell the story. */
export interface DemoOptions {
  paper: Paper
  colour: boolean
  /** Leave everything running at the end, until somebody interrupts. */
  keep: boolean
  clock: Clock
  /** Resolves when somebody wants it to end. */
  interrupted: Promise<NodeJS.Signals>
}

/** Tells the story, and takes everything down again however it ends. Returns the exit code. */
export async function runDemo(options: DemoOptions): Promise<number> {
  const end = new AbortController()
  void options.interrupted.then((by) => end.abort(new Interruption(by)))
  const voice = new Voice({ ...options, signal: end.signal })
  let stage: Stage | undefined
  let isOver = false
  try {
    stage = await open(voice, end)
    await tell(stage, { ...options, voice, signal: end.signal })
    isOver = true
    if (options.keep) await forever(end.signal)
    return 0
  } catch (error) {
    // Who waited was woken by the signal, and not always with the signal's own words.
    const reason: unknown = end.signal.aborted ? end.signal.reason : error
    if (reason instanceof Interruption) return isOver ? 0 : 128 + constants.signals[reason.by]
    if (stage === undefined) throw reason
    await explain(reason, stage, voice)
    return 1
  } finally {
    voice.progress('Stopping everything')
    await stage?.stop()
    voice.say('Everything is stopped; no process and no temporary folder is left.')
  }
}

/** Somebody wants it to end; no failure. */
class Interruption extends Error {
  readonly by: NodeJS.Signals

  constructor(by: NodeJS.Signals) {
    super(`interrupted by ${by}`)
    this.by = by
  }
}

async function open(voice: Voice, end: AbortController): Promise<Stage> {
  voice.heading('Lakeward keeps Databricks the way Git says')
  voice.say(
    'Kubernetes is real here: etcd, kube-apiserver and kubectl. The operator is a process of its own with ' +
      'its own ServiceAccount and role. Databricks is a simulator. All of it listens on this machine only.',
  )
  const stage = await startStage({ progress: (sentence) => voice.progress(sentence), signal: end.signal })
  // Whatever waits then is woken with the reason.
  void stage.lost.then((sentence) => end.abort(new Error(sentence)))
  voice.check(`Kubernetes answers at ${stage.kubernetesUrl}`)
  voice.check(`the Databricks workspace listens on ${stage.simulatorUrl}`)
  voice.check(`the operator runs as ${stage.operatorUser}`)
  if (stage.isCopied)
    voice.say(
      'The port that examples/ name is taken by another program, so the simulator took a free one, and ' +
        'examples/ is here a copy that names it.',
    )
  return stage
}

interface Telling {
  keep: boolean
  voice: Voice
  clock: Clock
  signal: AbortSignal
}

async function tell(stage: Stage, { keep, voice, clock, signal }: Telling): Promise<void> {
  const started = clock.monotonic()
  const scene = new Scene({ stage, voice, clock, signal })
  const steps = keep ? story : [...story, ending]
  for (const [index, step] of steps.entries()) {
    voice.heading(`${index + 1} of ${steps.length}  ${step.title}`)
    voice.say(step.why)
    await step.play(scene)
    await voice.pause()
  }
  const seconds = Math.round((clock.monotonic() - started) / 1_000)
  voice.heading(`${scene.claims} claims, each held against the facts, in ${seconds} s`)
  if (keep) return lookAround(scene, stage)
  voice.say('npm run demo -- --keep leaves everything running, for you to break.')
  voice.say('README.md tells how to read a status and how to run the three programs by hand.')
  voice.say('Your own workspace: put its host and a token into examples/1-workspace.yaml.')
}

/** Only somebody's wish or a lost program ends this, and either is the signal's reason. */
async function forever(signal: AbortSignal): Promise<never> {
  if (!signal.aborted) await once(signal, 'abort')
  throw signal.reason
}

async function explain(error: unknown, stage: Stage, voice: Voice): Promise<void> {
  voice.failure(`The demo stops here: ${error instanceof Error ? error.message : String(error)}`)
  voice.say('The last lines of the operator:')
  voice.answer(await stage.operatorLog())
}
