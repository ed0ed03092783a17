import { runCommand } from '../../src/cli/run.ts'
import { MovableClock, type ClockOrder } from '../movable-clock.ts'

/* `lakeward run` as users have it, but for its clock: a test moves it by a message. */

const clock = new MovableClock()
process.on('message', (order: ClockOrder) => {
  clock.obey(order)
  process.send?.('obeyed')
})
// It lives for its work, not for orders.
process.channel?.unref()

try {
  await runCommand(clock).parseAsync(process.argv.slice(3), { from: 'user' })
} catch (error) {
  process.stderr.write(`error: ${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
}
