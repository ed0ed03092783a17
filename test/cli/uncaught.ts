import { endWhenUncaught } from '../../src/cli/uncaught.ts'
import { createLog } from '../../src/telemetry/log.ts'

// A program that would run for ever, with a bug of the kind that its argument names.
endWhenUncaught(createLog('info'))
process.stdin.resume()

class Bug extends Error {
  override readonly name = 'Bug'
}

function fail(): never {
  throw new Bug('nobody expected this')
}

if (process.argv[2] === 'listener') {
  process.once('SIGUSR2', fail)
  process.kill(process.pid, 'SIGUSR2')
} else void Promise.resolve().then(fail)
