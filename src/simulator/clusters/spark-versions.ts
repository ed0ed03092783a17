/** Each major line with its last minor and the Scala versions of that last one. */
const lines = [
  { major: 9, lastMinor: 1, scala: ['2.12'] },
  { major: 10, lastMinor: 4, scala: ['2.12'] },
  { major: 11, lastMinor: 3, scala: ['2.12'] },
  { major: 12, lastMinor: 2, scala: ['2.12'] },
  { major: 13, lastMinor: 3, scala: ['2.12'] },
  { major: 14, lastMinor: 3, scala: ['2.12'] },
  { major: 15, lastMinor: 4, scala: ['2.12'] },
  { major: 16, lastMinor: 4, scala: ['2.12', '2.13'] },
  { major: 17, lastMinor: 3, scala: ['2.13'] },
]

const variants = [
  { infix: '', label: '' },
  { infix: 'photon-', label: ' Photon' },
  { infix: 'cpu-ml-', label: ' ML' },
  { infix: 'gpu-ml-', label: ' ML (GPU)' },
]

/** The runtimes as spark-versions lists them. */
export const sparkVersions: readonly { readonly key: string; readonly name: string }[] = lines.flatMap(
  ({ major, lastMinor, scala }) =>
    Array.from({ length: lastMinor + 1 }, (_, minor) => minor).flatMap((minor) =>
      variants.flatMap(({ infix, label }) =>
        scala.map((version) => ({
          key: `${major}.${minor}.x-${infix}scala${version}`,
          name: `${major}.${minor}${minor === lastMinor ? ' LTS' : ''}${label} (Scala ${version})`,
        })),
      ),
    ),
)

/** Names for runtimes that move on; a policy may use them, the top level of a cluster never shows them. */
const aliases: Readonly<Record<string, RegExp>> = {
  'auto:latest': /^[\d.]+( LTS)? \(/,
  'auto:latest-ml': /^[\d.]+( LTS)? ML \(Scala/,
  'auto:latest-lts': /^[\d.]+ LTS \(/,
  'auto:latest-lts-ml': /^[\d.]+ LTS ML \(Scala/,
}

/** The runtime that a name stands for at present; a key stands for itself. */
export function resolvedVersion(name: string): string {
  const pattern = aliases[name]
  return (pattern && sparkVersions.findLast((version) => pattern.test(version.name))?.key) ?? name
}

const keys = new Set(sparkVersions.map(({ key }) => key))

/** Whether a cluster can be made with this runtime. */
export const isSparkVersion = (key: string): boolean => keys.has(key)
