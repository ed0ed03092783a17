import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import lakeward from '../../package.json' with { type: 'json' }
import { runCommand } from '../../src/control-plane/command.ts'
import { findBuilder } from './builder.ts'
import { readDockerfile } from './dockerfile.ts'

/*
 * The real thing, where there is something to build it with. Elsewhere test/scenario/image.test.ts has to do, which
 * assembles the same files without a builder.
 */

const top = join(import.meta.dirname, '../..')
const { stages } = readDockerfile(readFileSync(join(top, 'Dockerfile'), 'utf8'))
const bases = stages.map(({ base }) => base).filter((base) => base !== 'scratch')
const found = await findBuilder(bases)
if (found.is === 'Missing') process.stderr.write(`The image is not built: ${found.why}\n`)

describe.skipIf(found.is === 'Missing')(
  `the image${found.is === 'Missing' ? ` is not built: ${found.why}` : ''}`,
  () => {
    it('is built, and runs without rights, a network or a file to write to', async () => {
      const builder = found.is === 'Ready' ? found.builder : ''
      const name = `lakeward-test-${randomUUID()}`
      try {
        const built = await runCommand(builder, ['build', '--quiet', '--tag', name, top])
        expect(built.code, built.stderr).toBe(0)
        const limits = ['--read-only', '--network=none', '--cap-drop=ALL', '--security-opt=no-new-privileges']
        const ran = await runCommand(builder, ['run', '--rm', ...limits, name, '--version'])
        expect(ran).toEqual({ code: 0, stdout: `${lakeward.version}\n`, stderr: '' })
        const inspected = await runCommand(builder, ['image', 'inspect', '--format={{.Config.User}}', name])
        expect(inspected.stdout).toBe('65532:65532\n')
      } finally {
        await runCommand(builder, ['image', 'rm', '--force', name])
      }
    }, 900_000)
  },
)
