import { join, relative } from 'node:path'
import { bundle } from './bundle.ts'

/* npm run bundle: writes the program of the image into dist/. */

const program = await bundle(join(import.meta.dirname, '../../dist'))
process.stdout.write(`wrote ${relative(process.cwd(), program)}\n`)
