import { z } from 'zod'
import { isObject, parseJson, type Json, type JsonObject } from '../../databricks/json.ts'
import { resolvedVersion } from '../clusters/spark-versions.ts'
import { ruleSchema, type Rule, type Scalar } from './rule.ts'

/** The rules of a policy by the path of the attribute that they are about. */
export type Rules = ReadonlyMap<string, Rule>

const rulesSchema = z.record(z.string(), ruleSchema)

/**
 * The rules in a definition's text; undefined if it does not make sense. The service takes any JSON as a
 * definition and says only when the policy is used that it is malformed.
 */
export function rulesOf(definition: string): Rules | undefined {
  const result = rulesSchema.safeParse(parsed(definition))
  if (!result.success) return undefined
  const rules = new Map(Object.entries(result.data))
  const version = rules.get('spark_version')
  if (version !== undefined) rules.set('spark_version', withVersions(version))
  return [...rules.values()].every(hasLegalPattern) ? rules : undefined
}

/** A rule about runtimes with the moving names in it replaced by what they stand for now. */
function withVersions(rule: Rule): Rule {
  switch (rule.type) {
    case 'fixed':
      return { ...rule, value: versionOf(rule.value) }
    case 'allowlist':
    case 'blocklist':
      return { ...rule, values: rule.values.map(versionOf), ...defaultVersion(rule) }
    case 'regex':
    case 'range':
    case 'unlimited':
      return { ...rule, ...defaultVersion(rule) }
    case 'forbidden':
      return rule
    default:
      return rule satisfies never
  }
}

const versionOf = (value: Scalar): Scalar => resolvedVersion(String(value))

const defaultVersion = ({ defaultValue }: { defaultValue?: Scalar | undefined }): { defaultValue?: Scalar } =>
  defaultValue === undefined ? {} : { defaultValue: versionOf(defaultValue) }

/** A definition with some of its rules replaced, and others added. */
export const merged = (definition: string, overrides: string): string =>
  JSON.stringify({ ...members(definition), ...members(overrides) })

/** Whether a text is JSON, which is all that is checked when a policy is written. */
export const isJson = (text: string): boolean => parsed(text) !== undefined

function parsed(text: string): Json | undefined {
  try {
    return parseJson(text)
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    return undefined
  }
}

function members(text: string): JsonObject {
  const json = parsed(text)
  return json !== undefined && isObject(json) ? json : {}
}

function hasLegalPattern(rule: Rule): boolean {
  if (rule.type !== 'regex') return true
  try {
    RegExp(rule.pattern)
    return true
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    return false
  }
}
