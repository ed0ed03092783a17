import { cluster } from './cluster/index.ts'
import { grant } from './grant/index.ts'
import { job } from './job/index.ts'
import type { Kind } from './kind.ts'

/** Every kind that lives in a workspace. A new one is a folder and a line here and in resources.ts. */
export const kinds: readonly Kind[] = [cluster, job, grant] as readonly Kind[]
