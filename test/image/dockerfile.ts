import { z } from 'zod'

/** One instruction, with its continuation lines joined. */
export interface Instruction {
  readonly name: string
  readonly rest: string
}

/** What one FROM begins. */
export interface Stage {
  /** The image it starts from, with build arguments put in. */
  readonly base: string
  readonly name: string | undefined
  readonly instructions: readonly Instruction[]
}

/** Build arguments by name. */
export type Arguments = Readonly<Record<string, string>>

/**
 * Reads as much of a Dockerfile as ours needs, and refuses the rest: what is assembled here has to be what a builder
 * makes of it. https://docs.docker.com/reference/dockerfile/
 */
export function readDockerfile(text: string): { stages: Stage[]; global: Arguments } {
  const global: Record<string, string> = {}
  const stages: (Stage & { instructions: Instruction[] })[] = []
  for (const { name, rest } of instructionsOf(text)) {
    const stage = stages.at(-1)
    if (name === 'FROM') {
      const [, base = '', as] = /^(\S+)(?: AS (\S+))?$/.exec(rest) ?? refuse(`FROM ${rest}`)
      stages.push({ base: withArguments(base, global), name: as, instructions: [] })
    } else if (stage !== undefined) stage.instructions.push({ name, rest })
    else if (name === 'ARG') Object.assign(global, argumentOf(rest, {}))
    else refuse(`${name} before the first FROM`)
  }
  return { stages, global }
}

/** `NAME=VALUE`; without a value it is what was said before the first FROM, or not set. */
export function argumentOf(rest: string, global: Arguments): Arguments {
  const [, name = '', value = global[name]] = /^([A-Z_]+)(?:=(\S+))?$/.exec(rest) ?? refuse(`ARG ${rest}`)
  return value === undefined ? {} : { [name]: value }
}

/** Puts in build arguments; one that is not set is empty. */
export const withArguments = (text: string, values: Arguments): string =>
  text.replaceAll(/\$\{([A-Z_]+)\}/g, (_all, name: string) => values[name] ?? '')

/** What ENTRYPOINT and CMD say. */
export const wordsOf = (rest: string): string[] => z.array(z.string()).parse(JSON.parse(rest))

/** What Node is told where the program of the image is started. */
export function nodeFlagsIn(text: string): string[] {
  const entrypoint = readDockerfile(text)
    .stages.at(-1)
    ?.instructions.find(({ name }) => name === 'ENTRYPOINT')
  return wordsOf(entrypoint?.rest ?? refuse('no ENTRYPOINT')).slice(1, -1)
}

/** Which files a builder gets to see: everything is left out but what a line with `!` names. */
export function readDockerignore(text: string): string[] {
  const [all, ...exceptions] = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  if (all !== '*') refuse('a .dockerignore that does not begin with *')
  return exceptions.map((line) => (/^![\w.-]+$/.test(line) ? line.slice(1) : refuse(line)))
}

export function refuse(what: string): never {
  throw new Error(`a builder may understand "${what}", the test does not`)
}

function instructionsOf(text: string): Instruction[] {
  const lines = text.split('\n').filter((line) => !line.startsWith('#'))
  return lines
    .join('\n')
    .replaceAll(/\\\n\s*/g, '')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [, name = '', rest = ''] = /^([A-Z]+) (.+)$/.exec(line) ?? refuse(line)
      return { name, rest }
    })
}
