import { runProgram } from '../cli/program.ts'
import { runCommand } from '../cli/run.ts'

/* The program as the image has it: the operator, and nothing of what it is tried against. */

await runProgram([runCommand()])
