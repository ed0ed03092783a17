import { Command, CommanderError } from 'commander'
import lakeward from '../../package.json' with { type: 'json' }

/** Exit codes: 2 for a wrong call, 1 for everything else that failed. */
const wrongCall = 2

/** Does what the command line says with the commands that there are, and sets the exit code. */
export async function runProgram(commands: readonly Command[]): Promise<void> {
  const program = new Command('lakeward')
    .description('keeps Databricks workspaces the way Git says')
    .version(lakeward.version)
    .helpCommand(false)
  for (const command of commands) program.addCommand(command)
  for (const command of [program, ...program.commands.flatMap((one) => [one, ...one.commands])])
    command.exitOverride()
  try {
    await program.parseAsync()
  } catch (error) {
    if (error instanceof CommanderError) process.exitCode = exitCodeOf(error)
    else {
      process.stderr.write(`error: ${error instanceof Error ? error.message : String(error)}\n`)
      process.exitCode = 1
    }
  }
}

/** Asking for help is no failure; a command that names its own exit code keeps it. */
function exitCodeOf({ code, exitCode }: CommanderError): number {
  if (exitCode === 0) return 0
  return code === 'commander.error' ? exitCode : wrongCall
}
