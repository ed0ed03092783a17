import { createHash } from 'node:crypto'

/*
 * When an object is checked whose kind can be checked by a listing. All of a kind in one workspace with the same
 * period are due together, in slots, so that one listing can answer for all of them. Where in the period the
 * slots begin is a matter of hash, so that workspaces and kinds do not fall together.
 */

/** Where the slots of a source begin, in milliseconds, for every period: those of ten minutes are among those of five. */
export const phaseOf = (source: string): number => createHash('sha256').update(source).digest().readUInt32BE()

/** When the first slot after `now` begins. */
export function nextSlot(now: number, { period, phase }: { period: number; phase: number }): number {
  const offset = phase % period
  return (Math.floor((now - offset) / period) + 1) * period + offset
}

/** When whoever is looked at by itself is: a tenth early or late, so that objects applied together part. */
export const unevenly = (period: number, random: () => number): number => period * (0.9 + random() * 0.2)

/**
 * Over how many milliseconds the checks of one slot are spread: a listing has its first pages by then, and
 * thousands of comparisons do not fall into one moment.
 */
export const spreadOf = (period: number): number => Math.min(period / 20, 30_000)

/**
 * Whether list pages cost fewer calls than a read of each object. If nobody knows how many pages there are, a
 * listing is worth a try, as long as it is given up where it would cost as much.
 */
export const isListCheaper = (objects: number, pages = 1): boolean => pages < objects
