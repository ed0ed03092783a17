import { z } from 'zod'

/** Which calls a rule means: `METHOD path` without query; a trailing `*` in the path and `*` for the method stand for anything. */
export const matchSchema = z
  .string()
  .regex(/^(\*|[A-Z]+) \/\S*$/, 'must be "METHOD /path"; the path may end in *')

/** Whether a call is one that a rule means. */
export function fits(match: string, method: string, path: string): boolean {
  const [wantedMethod, wantedPath = ''] = match.split(' ')
  if (wantedMethod !== '*' && wantedMethod !== method) return false
  return wantedPath.endsWith('*') ? path.startsWith(wantedPath.slice(0, -1)) : path === wantedPath
}
