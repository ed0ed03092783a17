import type { z } from 'zod'
import { formatJson, type JsonObject } from '../databricks/json.ts'
import { assignAll } from '../drift/assign.ts'
import type { Difference } from '../drift/compare.ts'
import type { Rules } from '../drift/rules.ts'
import { isValueObject, type Value } from '../drift/value.ts'
import { carryFromWire, toWire } from './wire.ts'

/** A remote body before and after differences are written into it, both in wire form. */
export interface WireEdit {
  before: JsonObject
  after: JsonObject
  /** Top-level names whose value changed; one that is absent in `after` is to be removed. */
  changed: string[]
}

/** What is wrong when a write would have nothing in it. Whatever got it there is a bug of ours, and nothing is sent. */
export const emptyWrite = 'what differs would send nothing'

interface Editing {
  schema: z.ZodObject
  rules: Rules
  /** What else the edited body needs before it can go out, seen beside what it was. */
  settle?: (edited: Value, carried: Value) => Value
}

/**
 * Writes differences into what Databricks has, and touches nothing else: settings that no manifest mentions,
 * and fields that we do not know, are carried as they were read.
 */
export function editWire(
  { schema, rules, settle = (edited) => edited }: Editing,
  raw: JsonObject,
  differences: readonly Difference[],
): WireEdit {
  const carried: Value = carryFromWire(schema, raw)
  const edited = assignAll(carried, differences, rules)
  const before = toWire(schema, carried)
  const settled = settle(edited ?? {}, carried)
  const after = toWire(schema, isValueObject(settled) ? settled : {})
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])]
  return {
    before,
    after,
    changed: names.filter((name) => formatJson(before[name]) !== formatJson(after[name])),
  }
}
