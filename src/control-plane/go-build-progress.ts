import { formatDuration } from '../duration.ts'
import { systemClock, type Clock } from '../clock.ts'
import type { Progress } from './progress.ts'

/** One sentence per this share of the packages: twenty over a build, fit for a terminal and for a CI log. */
const stepPercent = 5
const keptComplaints = 20

/**
 * Reads what `go build -v` writes to standard error: the import path of each package as its compilation starts,
 * mixed with messages. Packages that Go's build cache already holds are not named, so a warm build ends early.
 */
export class GoBuildProgress {
  /** The latest lines that are no package names: what went wrong, if something did. */
  readonly complaints: string[] = []
  readonly #total: number
  readonly #progress: Progress
  readonly #clock: Clock
  readonly #started: number
  #done = 0
  #told = 0

  /** `total` is the number of packages that `go list -deps` names. */
  constructor(total: number, progress: Progress, clock: Clock = systemClock) {
    this.#total = total
    this.#progress = progress
    this.#clock = clock
    this.#started = clock.monotonic()
  }

  /** Takes one line. */
  add(line: string): void {
    if (!isPackage(line)) {
      this.complaints.push(line)
      if (this.complaints.length > keptComplaints) this.complaints.shift()
      return
    }
    this.#done += 1
    const percent = Math.floor((100 * this.#done) / this.#total)
    if (percent < this.#told + stepPercent) return
    this.#told = percent - (percent % stepPercent)
    const elapsed = Math.round((this.#clock.monotonic() - this.#started) / 1_000) * 1_000
    this.#progress(
      `  ${this.#done} of ${this.#total} packages (${percent} %) after ${formatDuration(elapsed)}`,
    )
  }
}

/** Import paths hold no blanks; Go's own messages do (`go: downloading …`, `# k8s.io/…`, `file.go:3: …`). */
const isPackage = (line: string): boolean => /^[\w.~-]+(\/[\w.~-]+)*$/.test(line)
