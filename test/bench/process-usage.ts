import { readFile } from 'node:fs/promises'

/** What a process has used so far. */
export interface ProcessUsage {
  readonly residentBytes: number
  readonly mostResidentBytes: number
  /** In user and kernel mode. */
  readonly cpuSeconds: number
}

/** Clock ticks per second in /proc, on every architecture that Node runs on. */
const ticksPerSecond = 100

/**
 * Reads a process' memory and time as the kernel counts them.
 * https://man7.org/linux/man-pages/man5/proc_pid_status.5.html (VmRSS, VmHWM), proc_pid_stat.5 (fields 14 and 15)
 */
export async function usageOf(pid: number): Promise<ProcessUsage> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
  // The name in brackets may hold anything, so counting starts behind it, at field 3.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return {
    residentBytes: bytesIn(status, 'VmRSS'),
    mostResidentBytes: bytesIn(status, 'VmHWM'),
    cpuSeconds: (Number(fields[11]) + Number(fields[12])) / ticksPerSecond,
  }
}

function bytesIn(status: string, name: string): number {
  const kilobytes = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]
  if (kilobytes === undefined) throw new Error(`/proc says nothing about ${name}: has the process ended?`)
  return Number(kilobytes) * 1024
}
