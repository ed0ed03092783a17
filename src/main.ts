#!/usr/bin/env node
import { Command, CommanderError } from 'commander'
import lakeward from '../package.json' with { type: 'json' }
import { controlPlaneCommand } from './cli/control-plane.ts'
import { demoCommand } from './cli/demo.ts'
import { runCommand } from './cli/run.ts'
import { simulatorCommand } from './cli/simulator.ts'

/*
 * The whole program. `run` is the operator: cli/run.ts reads its flags, operator/operator.ts puts it together,
 * reconcile/reconcile.ts is the loop. The other commands are what it is tried against.
 */

/** Exit codes: 2 for a wrong call, 1 for everything else that failed. */
const wrongCall = 2

const program = new Command('lakeward')
  .description('keeps Databricks workspaces the way Git says')
  .version(lakeward.version)
  .addCommand(runCommand())
  .addCommand(demoCommand())
  .addCommand(controlPlaneCommand())
  .addCommand(simulatorCommand())
  .helpCommand(false)

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

/** Asking for help is no failure; a command that names its own exit code keeps it. */
function exitCodeOf({ code, exitCode }: CommanderError): number {
  if (exitCode === 0) return 0
  return code === 'commander.error' ? exitCode : wrongCall
}
