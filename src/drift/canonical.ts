import { rulesOfItem, rulesOfMember, type Effects, type Rules } from './rules.ts'
import { isAbsent, isValueObject, type Value } from './value.ts'

/** A text that two values share exactly when they mean the same under the rules. */
export function canonicalText(rules: Rules, value: Value): string {
  const { effects } = rules
  const meant = effects.normalise === undefined ? value : effects.normalise(value)
  if (Array.isArray(meant)) return listText(rules, meant)
  if (!isValueObject(meant)) return scalarText(effects, meant)
  const members = Object.entries(meant).flatMap(([name, member]) =>
    isAbsent(member) ? [] : [`${JSON.stringify(name)}:${canonicalText(rulesOfMember(rules, name), member)}`],
  )
  return `{${members.toSorted().join()}}`
}

function listText(rules: Rules, list: readonly Value[]): string {
  const { keyed, set } = rules.effects
  const items = list.map((item) => canonicalText(rulesOfItem(rules), item))
  if (set === true) return `[${[...new Set(items)].toSorted().join()}]`
  return `[${(keyed === undefined ? items : items.toSorted()).join()}]`
}

function scalarText(effects: Effects, value: string | number | boolean | null): string {
  if (typeof value !== 'string') return JSON.stringify(value)
  if (effects.numeric === true && value.trim() !== '' && Number.isFinite(Number(value)))
    return `${Number(value)}`
  // From the first slash of the last run, so that a path of nothing but slashes stays one.
  const bare = effects.trailingSlash === true ? value.replace(/(?<=[^/])\/+$/, '') : value
  return JSON.stringify(effects.caseless === true ? bare.toLowerCase() : bare)
}
