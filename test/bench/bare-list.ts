import { Pool } from 'undici'
import { z } from 'zod'

/* LIST='{"url":…,"token":…,"certificate":…,"path":…}' node bare-list.ts: a list in pages, with undici and JSON.parse alone. */

const { url, token, certificate, path } = z
  .object({ url: z.string(), token: z.string(), certificate: z.string(), path: z.string() })
  .parse(JSON.parse(process.env['LIST'] ?? ''))

interface Item {
  metadata: { name: string; managedFields?: unknown }
}
interface Page {
  items: Item[]
  metadata: { continue?: string }
}

const pool = new Pool(url, { connect: { ca: certificate }, allowH2: false })
const kept = new Map<string, Item>()
let next = ''
do {
  const answer = await pool.request({
    method: 'GET',
    path: `${path}?limit=250&continue=${encodeURIComponent(next)}`,
    headers: { authorization: `Bearer ${token}` },
  })
  const { items, metadata } = JSON.parse(await answer.body.text()) as Page
  for (const item of items) {
    delete item.metadata.managedFields
    kept.set(item.metadata.name, item)
  }
  next = metadata.continue ?? ''
} while (next !== '')
process.stdout.write(JSON.stringify({ at: Date.now(), count: kept.size }))
await pool.destroy()
