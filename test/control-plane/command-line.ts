import { controlPlaneCommand } from '../../src/cli/control-plane.ts'

// `lakeward control-plane` alone, as a program of its own for tests that send it signals.
await controlPlaneCommand().parseAsync(process.argv.slice(2), { from: 'user' })
