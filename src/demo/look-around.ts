import { person } from './databricks-side.ts'
import type { Scene } from './scene.ts'
import { simulatorSpeed, type Stage } from './stage.ts'

/** Says what to export, and some things to try while everything is left running. */
export async function lookAround(scene: Scene, stage: Stage): Promise<void> {
  const { voice } = scene
  const id = await scene.externalId('jobspec/nightly')
  const databricks = `${stage.simulatorUrl}/simulator/as/${person}/api`
  const change = `{"job_id": ${id}, "new_settings": {"max_concurrent_runs": 9}}`
  voice.say('Everything runs until Ctrl-C. In another terminal:')
  voice.answer(
    [
      ...(stage.isCopied ? [`cd ${stage.folder}`] : []),
      `export KUBECONFIG=${stage.kubeconfig}`,
      `export PATH="${stage.tools}:$PATH"   # for kubectl`,
      '',
      'kubectl get lakeward -o wide',
      'kubectl describe jobspec legacy-report',
      'kubectl explain jobspec.spec.tasks',
      'kubectl delete -f examples/',
    ].join('\n'),
  )
  voice.say(
    `Databricks is ${stage.simulatorUrl}; its clock runs ${simulatorSpeed} times as fast. As ${person}:`,
  )
  voice.answer(
    [
      `curl ${databricks}/2.2/jobs/list`,
      `curl ${databricks}/2.2/jobs/update \\`,
      `  -d '${change}'`,
      `curl ${stage.simulatorUrl}/simulator/requests`,
    ].join('\n'),
  )
}
