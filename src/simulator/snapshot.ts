/** Puts back what was there when a snapshot was taken. It may be called again and does the same again. */
export type Restore = () => void

/** Several restores as one. */
export const restoreAll =
  (restores: readonly Restore[]): Restore =>
  () =>
    restores.forEach((restore) => restore())

/** A snapshot of a map whose values are replaced and never changed in place. */
export function snapshotOfMap<Key, Value>(map: Map<Key, Value>): Restore {
  const entries = [...map]
  return () => {
    map.clear()
    for (const [key, value] of entries) map.set(key, value)
  }
}

/**
 * A snapshot of a map of records. Their members may be assigned and their lists appended to; what lies
 * deeper must be replaced and never changed in place. The records keep their identity, so that others may
 * refer to them. (A deep clone of fifty thousand clusters would take seconds.)
 */
export function snapshotOfRecords<Key, Value extends object>(map: Map<Key, Value>): Restore {
  const entries = Array.from(map, ([key, record]) => ({ key, record, copy: copyOf(record) }))
  return () => {
    map.clear()
    for (const { key, record, copy } of entries) {
      for (const member of Object.keys(record)) {
        if (!Object.hasOwn(copy, member)) Reflect.deleteProperty(record, member)
      }
      map.set(key, Object.assign(record, copyOf(copy)))
    }
  }
}

/** A snapshot of a list whose items are replaced and never changed in place. */
export function snapshotOfList(list: unknown[]): Restore {
  const items = [...list]
  return () => {
    list.length = 0
    for (const item of items) list.push(item)
  }
}

function copyOf<Value extends object>(record: Value): Value {
  const copy = { ...record }
  for (const [member, value] of Object.entries(record)) {
    if (Array.isArray(value)) Object.assign(copy, { [member]: [...(value as unknown[])] })
  }
  return copy
}
