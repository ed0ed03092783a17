import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { ProcessIdentity } from './process-identity.ts'

/**
 * A shell that reads our children's identities from a pipe and waits. However we end, a SIGKILL included, the
 * kernel closes the pipe: it then kills the children that still run, and removes the folder if told to. The
 * word `done` sends it home. It compares start times as process-identity.ts reads them, so that a pid that
 * somebody else got meanwhile is left alone.
 */
const script = String.raw`
started() {
  if [ -r /proc/self/stat ]; then sed 's/.*) //' "/proc/$1/stat" | cut -d ' ' -f 20
  else LC_ALL=C ps -o lstart= -p "$1" | tr -s ' \n' '_' | sed 's/^_//;s/_$//'
  fi
}
folder=$1
shift
while read -r pid start; do
  [ "$pid" = done ] && exit 0
  set -- "$@" "$pid" "$start"
done
while [ $# -gt 0 ]; do
  [ "$(started "$1")" = "$2" ] && kill -KILL "$1"
  shift 2
done
[ -z "$folder" ] || { sleep 0.2; rm -rf -- "$folder"; }
`

/** Cleans up after us should we die without doing it ourselves. */
export class Watchdog {
  readonly #shell

  /** `folder` is removed as well; leave it out for one that is to stay. */
  constructor(folder?: string) {
    // Its own session: a Ctrl-C in the terminal is for us alone.
    this.#shell = spawn('/bin/sh', ['-c', script, 'lakeward-watchdog', folder ?? ''], {
      detached: true,
      cwd: '/',
      stdio: ['pipe', 'ignore', 'ignore'],
    })
    // If somebody ends the watchdog, only this safety net is lost; the control plane goes on.
    this.#shell.stdin.on('error', () => undefined)
    this.#shell.on('error', () => undefined)
  }

  /** Also watches over this child. */
  add({ pid, started }: ProcessIdentity): void {
    this.#shell.stdin.write(`${pid} ${started}\n`)
  }

  /** We have cleaned up ourselves; returns once the watchdog is gone. */
  async dismiss(): Promise<void> {
    if (this.#shell.pid === undefined || this.#shell.exitCode !== null || this.#shell.signalCode !== null)
      return
    const gone = once(this.#shell, 'exit')
    this.#shell.stdin.end('done\n')
    await gone
  }
}
