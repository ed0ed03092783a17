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
  const interruption: { by?: NodeJS.Signals } = {}
  void options.interrupted.then((by) => {
    interruption.by = by
    end.abort(new Error(`interrupted by ${by}`))
  })
  const voice = new Voice({ ...options, signal: end.signal })
  const progress = { isToldToTheEnd: false }
  let stage: Stage | undefined
  try {
    stage = await open(voice, end)
    await tell(stage, { ...options, voice, signal: end.signal })
    progress.isToldToTheEnd = true
    if (options.keep) await forever(end.signal)
    return 0
  } catch (error) {
    if (interruption.by !== undefined)
      return progress.isToldToTheEnd ? 0 : 128 + constants.signals[interruption.by]
    if (stage === undefined) throw error
    await explain(error, stage, voice)
    return 1
  } finally {
    voice.progress('Stopping everything')
    await stage?.stop()
    voice.say('Everything is stopped; nothing is left on this machine.')
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
  for (const [index, { title, why, play }] of steps.entries()) {
    voice.heading(`${index + 1} of ${steps.length}  ${title}`)
    voice.say(why)
    await play(scene)
    await voice.pause()
  }
  const seconds = Math.round((clock.monotonic() - started) / 1_000)
  voice.heading(`${scene.checks} claims, all true, in ${seconds} s`)
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
