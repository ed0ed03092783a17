import { pino, type Logger } from 'pino'

/** Structured logging: one JSON line per entry on standard error, so that standard output stays a program's answer. */
export type Log = Logger

/** Keys whose values never reach a log, at the top or one level down. */
const secretKeys = ['token', 'password', 'authorization', 'clientSecret', 'data', 'stringData']

/** Makes the program's logger. `level` is one of pino's: trace, debug, info, warn, error, fatal, silent. */
export function createLog(level: string): Log {
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: secretKeys.flatMap((key) => [key, `*.${key}`]), censor: '[redacted]' },
    },
    pino.destination({ fd: 2, sync: true }),
  )
}

/** A logger that says nothing, for tests of parts whose log is not the subject. */
export const silentLog: Log = pino({ level: 'silent' })
