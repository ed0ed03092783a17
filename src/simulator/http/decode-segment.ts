/** A path segment without its percent-encoding; undefined if that is broken. */
export function decodeSegment(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment)
  } catch {
    // The only failure is a malformed sequence; the caller answers 400.
    return undefined
  }
}
