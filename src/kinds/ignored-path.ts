import { z } from 'zod'

import { rulesOfItem, rulesOfMember, type Rules } from '../drift/rules.ts'
import { parseSelector, type Selector, type Step } from '../drift/selector.ts'
import { nearest } from './nearest.ts'
import { unwrapped } from './wire.ts'

/*
 * Whether a path of `management.ignore` leads to something that is compared. A path that leads nowhere would look like
 * a promise that nobody keeps, so it is refused with what was probably meant.
 */

interface Spot {
  readonly schema: z.core.$ZodType
  readonly rules: Rules
  /** The way so far, as it was written. */
  readonly at: string
  /** A value of a map, whose keys people choose. */
  readonly isEntry?: true
}

/** What is compared of a kind. */
export interface Compared {
  readonly schema: z.ZodObject
  readonly rules: Rules
}

/** A sentence that says what is wrong with a path; undefined when it leads somewhere. */
export function problemOfPath({ schema, rules }: Compared, path: string): string | undefined {
  const parsed = parseSelector(path)
  return parsed.is === 'Selector'
    ? problemBelow({ schema, rules, at: '' }, parsed.steps)
    : `cannot be read from character ${parsed.at} on${hintOf(path)}`
}

const hintOf = (path: string): string =>
  path.includes('[]') ? '; every item of a list is [*]' : '; a path looks like tasks[extract].maxRetries'

function problemBelow(spot: Spot, selector: Selector): string | undefined {
  const [step, ...rest] = selector
  if (step === undefined) return undefined
  if (spot.rules.effects.normalise !== undefined)
    return `${spot.at} is compared as a whole: ignore ${spot.at}`
  const next = below(spot, step)
  return typeof next === 'string' ? next : problemBelow(next, rest)
}

/** Where a step leads, or why it leads nowhere. */
function below(spot: Spot, step: Step): Spot | string {
  const { schema } = unwrapped(spot.schema)
  if (schema instanceof z.ZodObject) return member(spot, schema, step)
  if (schema instanceof z.ZodRecord) return entry(spot, schema.valueType, step)
  if (schema instanceof z.ZodArray) return item(spot, schema.element, step)
  const hint = spot.isEntry ? '; a key with a dot in it is quoted, as in sparkConf["spark.x"]' : ''
  return `${spot.at} has nothing below it${hint}`
}

function member({ rules, at }: Spot, { shape }: z.ZodObject, step: Step): Spot | string {
  if (step.is === 'Any')
    return `${at} has fields of its own, for which no * stands: ignore ${at}, or one of them`
  const name = step.is === 'Member' ? step.name : step.key
  const found = Object.hasOwn(shape, name) ? shape[name] : undefined
  const path = at === '' ? name : `${at}.${name}`
  if (found !== undefined && unwrapped(found).meta['wire'] !== false)
    return { schema: found, rules: rulesOfMember(rules, name), at: path }
  const meant = nearest(name, Object.keys(shape))
  const others = meant === undefined ? '' : `; ${at === '' ? meant : `${at}.${meant}`} was meant?`
  return found === undefined
    ? `there is no field ${path}${others}`
    : `${path} is not compared with Databricks`
}

const entry = ({ rules, at }: Spot, schema: z.core.$ZodType, step: Step): Spot => ({
  schema,
  rules: step.is === 'Any' ? (rules.anyKey ?? rules) : rulesOfMember(rules, keyOf(step)),
  at: `${at}${textOf(step)}`,
  isEntry: true,
})

function item({ rules, at }: Spot, schema: z.core.$ZodType, step: Step): Spot | string {
  const { keyed, set } = rules.effects
  const next = { schema, rules: rulesOfItem(rules), at: `${at}${textOf(step)}` }
  if (step.is === 'Member') return `the items of ${at} are named in brackets: ${at}[${step.name}]`
  if (keyed !== undefined || set === true) return next
  if (!(unwrapped(schema).schema instanceof z.ZodObject)) return `${at} is compared as a whole: ignore ${at}`
  return step.is === 'Any' || /^[0-9]+$/.test(step.key)
    ? next
    : `the items of ${at} have an order and no names: ${at}[0] is the first`
}

const keyOf = (step: Exclude<Step, { is: 'Any' }>): string => (step.is === 'Member' ? step.name : step.key)

function textOf(step: Step): string {
  switch (step.is) {
    case 'Any':
      return '[*]'
    case 'Member':
      return `.${step.name}`
    case 'Key':
      return `[${step.isQuoted ? JSON.stringify(step.key) : step.key}]`
    default:
      return step satisfies never
  }
}
