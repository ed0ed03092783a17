#!/usr/bin/env node
import { controlPlaneCommand } from './cli/control-plane.ts'
import { demoCommand } from './cli/demo.ts'
import { runProgram } from './cli/program.ts'
import { runCommand } from './cli/run.ts'
import { simulatorCommand } from './cli/simulator.ts'

/*
 * The whole program. `run` is the operator: cli/run.ts reads its flags, operator/operator.ts puts it together,
 * reconcile/reconcile.ts is the loop. The other commands are what it is tried against.
 */

await runProgram([runCommand(), demoCommand(), controlPlaneCommand(), simulatorCommand()])
