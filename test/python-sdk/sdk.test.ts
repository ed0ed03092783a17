import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { runCommand } from '../../src/control-plane/command.ts'
import { demoApplicationId, seedContent } from '../../src/simulator/seed-content.ts'
import { startSimulator } from '../../src/simulator/simulator.ts'
import { pythonWithSdk } from './python.ts'

/*
 * Databricks' own Python SDK, unmodified, against the simulator: what it needs and does not find is a gap of ours.
 * checks.py has the checks; one Python runs them all, and each is a test here. Without python3 or its venv module
 * they are skipped and say why; in CI that is a failure.
 */

const checks = join(import.meta.dirname, 'checks.py')
const names = Array.from(
  readFileSync(checks, 'utf8').matchAll(/^@check\("(.*)"\)$/gm),
  ([, name]) => name ?? '',
)

interface Result {
  name: string
  ok: boolean
  error: string | null
}

const python = await pythonWithSdk(process.env)
const isRequired = process.env['CI'] === 'true'
const title = python.is === 'Ready' ? 'finds what it needs' : `is not here: ${python.why}`

if (python.is === 'Missing' && !isRequired)
  process.stderr.write(`The Python SDK is not tried: ${python.why}\n`)

/** So many virtual seconds in a second: what takes the workspace half a minute must not take the tests that long. */
const speed = 120

describe.skipIf(python.is === 'Missing' && !isRequired)(`the Python SDK ${title}`, () => {
  const results = new Map<string, Result>()

  beforeAll(async () => {
    if (python.is === 'Missing') throw new Error(`the Python SDK is required here: ${python.why}`)
    const [token, secret] = ['dapi-of-the-sdk', 'dose-of-the-sdk']
    const credentials = { tokens: { [token]: demoApplicationId }, clients: { [demoApplicationId]: secret } }
    const simulator = await startSimulator({ port: 0, speed, ...credentials })
    try {
      const environment = {
        PATH: process.env['PATH'] ?? '',
        CHECKS_TOKEN: token,
        CHECKS_IDENTITY: demoApplicationId,
        CHECKS_WORKSPACE: seedContent.workspaceId,
        CHECKS_CLIENT_ID: demoApplicationId,
        CHECKS_CLIENT_SECRET: secret,
      }
      const { code, stdout, stderr } = await runCommand(python.program, [checks, simulator.url], {
        environment,
      })
      for (const line of stdout.split('\n').filter((one) => one !== '')) {
        const result = JSON.parse(line) as Result
        results.set(result.name, result)
      }
      expect(code, stderr).toBe(0)
    } finally {
      await simulator.stop()
    }
  }, 180_000)

  it.each(names)('%s', (name) => {
    expect(results.get(name)).toMatchObject({ ok: true, error: null })
  })
})
