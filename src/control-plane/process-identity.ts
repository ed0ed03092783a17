import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'

/**
 * One process for as long as the machine runs. The kernel gives a pid to somebody else once its process is
 * gone, so a pid alone, read back from a file, must never be signalled.
 */
export interface ProcessIdentity {
  pid: number
  /** When it started, in the system's own words; only ever compared for equality. */
  started: string
}

/** Who has this pid now; undefined when nobody does, or only a dead process that its parent has not waited for yet. */
export function identify(pid: number): ProcessIdentity | undefined {
  const started = existsSync('/proc/self/stat') ? startedByProc(pid) : startedByPs(pid)
  return started === undefined ? undefined : { pid, started }
}

/** Whether that very process, not a later one with its pid, still runs. */
export const isRunning = (process: ProcessIdentity): boolean =>
  identify(process.pid)?.started === process.started

/**
 * https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html The name in brackets may hold anything, so counting
 * starts behind the last bracket: fields 3, 20 and 22 are state, number of threads and start time. A process is
 * called a zombie (Z) as soon as its first thread is dead; its ports are free only once the others are, too.
 */
function startedByProc(pid: number): string | undefined {
  let text: string
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    // ESRCH: it ended between opening and reading.
    if (code === 'ENOENT' || code === 'ESRCH') return undefined
    throw error
  }
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  const [state, threads, started] = [fields[0], Number(fields[17]), fields[19]]
  return state === 'X' || (state === 'Z' && threads <= 1) ? undefined : started
}

/** Systems without /proc; `ps` answers 1 and nothing when the pid is free. */
function startedByPs(pid: number): string | undefined {
  try {
    const text = execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], {
      encoding: 'utf8',
      env: { ...process.env, LC_ALL: 'C' },
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    return text.trim().replaceAll(/\s+/g, '_') || undefined
  } catch (error) {
    if ((error as { status?: number }).status === 1) return undefined
    throw error
  }
}
