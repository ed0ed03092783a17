import { chmod, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { describe, expect } from 'vitest'
import { parse, stringify } from 'yaml'
import { inWorld } from './in-world.ts'
import { job } from './manifests.ts'
import { until } from './until.ts'
import type { World } from './world.ts'

/*
 * The operator's own way to the API server, while it runs: its kubeconfig is written anew, the token that a plugin
 * gives is revoked, and another one comes.
 */

const account = 'lakeward-operator'
const it = inWorld({ flags: ['--health-port=0'] })
/** Every token there was; none may be in the log. */
const tokens: string[] = []

async function newToken({ kubernetes, kubeconfig }: World): Promise<string> {
  const token = (await kubernetes.kubectl(['create', 'token', account])).trim()
  tokens.push(token)
  await writeFile(join(dirname(kubeconfig), 'token'), token)
  return token
}

/** A plugin beside the kubeconfig that gives what stands in the file `token`, and says so elsewhere, too. */
async function writePlugin(folder: string): Promise<object> {
  const apiVersion = 'client.authentication.k8s.io/v1'
  const script = [
    '#!/bin/sh',
    'cd "$(dirname "$0")"; echo x >> runs; cat token >&2',
    `printf '{"apiVersion":"${apiVersion}","kind":"ExecCredential","status":{"token":"%s"}}' "$(cat token)"`,
  ]
  await writeFile(join(folder, 'plugin'), `${script.join('\n')}\n`)
  await chmod(join(folder, 'plugin'), 0o700)
  return { exec: { apiVersion, command: './plugin', interactiveMode: 'Never' } }
}

describe('the operator’s own credential', () => {
  it('changes with its kubeconfig, without a restart', async ({ world }) => {
    const { kubernetes, kubeconfig: path } = world
    const folder = dirname(path)
    const kubeconfig = parse(await readFile(path, 'utf8')) as { users: { user: { token?: string } }[] }
    tokens.push(kubeconfig.users[0]?.user.token ?? '')
    await newToken(world)
    const user = await writePlugin(folder)
    await writeFile(path, stringify({ ...kubeconfig, users: [{ name: account, user }] }))
    await kubernetes.apply(job('first'))
    await kubernetes.ready('JobSpec', 'first')
    await until('the plugin was asked', () => readFile(join(folder, 'runs'), 'utf8').catch(() => undefined))
  })

  it('that is revoked is named as the trouble; with the next one the work goes on by itself', async ({
    world,
  }) => {
    const { kubernetes, operator } = world
    const folder = dirname(world.kubeconfig)
    const old = await readFile(join(folder, 'token'), 'utf8')
    // A ServiceAccount that was made anew takes nobody's old tokens. The server remembers for 10 s that it did.
    await kubernetes.kubectl(['delete', 'serviceaccount', account])
    await kubernetes.kubectl(['create', 'serviceaccount', account])
    await until('the token is refused', async () => {
      const { code } = await kubernetes.tryKubectl(['--token', old, 'auth', 'whoami'])
      return code !== 0
    })
    await kubernetes.apply(job('second'))
    await until('the log tells it', () =>
      operator.log.some((line) => line.includes(`does not take the credential of the kubeconfig ${folder}`)),
    )
    expect((await operator.visit('/healthz')).status).toBe(200)
    await newToken(world)
    await kubernetes.ready('JobSpec', 'second')
    const written = operator.log.join('\n')
    expect(tokens.length).toBe(3)
    for (const token of tokens) expect(written).not.toContain(token)
  })
})
