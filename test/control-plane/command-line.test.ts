import { CommanderError } from 'commander'
import { describe, expect, it } from 'vitest'
import { controlPlaneCommand } from '../../src/cli/control-plane.ts'

async function refusal(args: string[]): Promise<unknown> {
  const command = controlPlaneCommand()
    .exitOverride()
    .configureOutput({ writeErr: () => undefined })
  return command.parseAsync(args, { from: 'user' }).then(
    () => 'accepted',
    (error: unknown) => error,
  )
}

describe('the command line', () => {
  it.each(['0', '65536', '80x', '-1', '1e3', ' '])('refuses the port %j', async (port) => {
    const error = await refusal(['--port', port])
    expect(error).toBeInstanceOf(CommanderError)
    expect(error).toMatchObject({ code: 'commander.invalidArgument' })
    expect((error as Error).message).toContain('a number from 1 to 65535')
  })

  it('refuses a flag it does not know', async () => {
    expect(await refusal(['--prot', '1'])).toMatchObject({ code: 'commander.unknownOption' })
  })
})
