/** Objects as kubectl reads them from one file: JSON is YAML, and one document after another is a list. */
export const jsonLines = (objects: readonly object[]): string =>
  objects.map((object) => `${JSON.stringify(object)}\n`).join('')
