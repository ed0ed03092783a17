import { describe, expect, it } from 'vitest'
import { seedContent } from '../../src/simulator/seed-content.ts'
import { workspace, type Client } from './harness.ts'

const permissions = '/api/2.1/unity-catalog/permissions'

/** What privileges are granted on, in the order of the table below. */
const securables = [
  'metastore/5b1d9f8e-2c47-4a0e-8f3b-7d6a5c4e3f21',
  'catalog/main',
  'schema/main.gold',
  'table/main.silver.orders',
  'table/main.gold.revenue',
  'table/main.gold.daily',
  'volume/main.bronze.landing',
  'function/main.gold.margin',
  'function/main.gold.churn',
  'external_location/raw',
  'storage_credential/lake',
  'credential/mailer',
  'connection/crm',
  'share/outside',
  'clean_room/room',
  'model_service/main.gold.chat',
]

/** Where each privilege can be granted (x), and where that is only believed (?). */
const table = `
                            metast catal schem table view  mview volum funct model locat stora servi conne share clean mserv
ALL_PRIVILEGES              .      x     x     x     x     x     x     x     x     x     x     x     x     .     .     x
MANAGE                      .      x     x     x     x     x     x     x     x     x     x     x     x     .     .     x
APPLY_TAG                   .      x     x     x     x     x     x     .     x     .     .     .     .     .     .     x
BROWSE                      .      ?     .     .     .     .     .     .     .     ?     .     .     .     .     ?     .
USE_CATALOG                 .      x     .     .     .     .     .     .     .     .     .     .     .     .     .     .
USE_SCHEMA                  .      x     x     .     .     .     .     .     .     .     .     .     .     .     .     .
SELECT                      .      x     x     x     x     x     .     .     .     .     .     .     .     x     .     .
MODIFY                      .      x     x     x     .     .     .     .     .     .     .     .     .     .     .     .
EXECUTE                     .      x     x     .     .     .     .     x     x     .     .     .     .     .     .     x
REFRESH                     .      ?     ?     .     .     ?     .     .     .     .     .     .     .     .     .     .
READ_VOLUME                 .      x     x     .     .     .     x     .     .     .     .     .     .     .     .     .
WRITE_VOLUME                .      x     x     .     .     .     x     .     .     .     .     .     .     .     .     .
CREATE_SCHEMA               .      x     .     .     .     .     .     .     .     .     .     .     .     .     .     .
CREATE_TABLE                .      x     x     .     .     .     .     .     .     .     .     .     .     .     .     .
CREATE_FUNCTION             .      x     x     .     .     .     .     .     .     .     .     .     .     .     .     .
CREATE_VOLUME               .      x     x     .     .     .     .     .     .     .     .     .     .     .     .     .
CREATE_MATERIALIZED_VIEW    .      ?     ?     .     .     .     .     .     .     .     .     .     .     .     .     .
CREATE_MODEL                .      ?     ?     .     .     .     .     .     .     .     .     .     .     .     .     .
EXTERNAL_USE_SCHEMA         .      ?     ?     .     .     .     .     .     .     .     .     .     .     .     .     .
CREATE_CONNECTION           x      x     .     .     .     .     .     .     .     .     .     .     x     .     .     .
CREATE_FOREIGN_CATALOG      .      .     .     .     .     .     .     .     .     .     .     .     x     .     .     .
USE_CONNECTION              .      .     .     .     .     .     .     .     .     .     .     .     x     .     .     .
READ_FILES                  .      .     .     .     .     .     .     .     .     x     x     .     .     .     .     .
WRITE_FILES                 .      .     .     .     .     .     .     .     .     x     x     .     .     .     .     .
CREATE_EXTERNAL_TABLE       .      .     .     .     .     .     .     .     .     x     x     .     .     .     .     .
CREATE_EXTERNAL_VOLUME      .      .     .     .     .     .     .     .     .     x     .     .     .     .     .     .
CREATE_MANAGED_STORAGE      .      .     .     .     .     .     .     .     .     x     .     .     .     .     .     .
CREATE_EXTERNAL_LOCATION    x      .     .     .     .     .     .     .     .     .     x     .     .     .     .     .
ACCESS                      .      .     .     .     .     .     .     .     .     .     .     x     .     .     .     .
CREATE_CATALOG              x      .     .     .     .     .     .     .     .     .     .     .     .     .     .     .
CREATE_CLEAN_ROOM           x      .     .     .     .     .     .     .     .     .     .     .     .     .     .     .
CREATE_PROVIDER             x      .     .     .     .     .     .     .     .     .     .     .     .     .     .     .
CREATE_RECIPIENT            x      .     .     .     .     .     .     .     .     .     .     .     .     .     .     .
CREATE_SHARE                x      .     .     .     .     .     .     .     .     .     .     .     .     .     .     .
CREATE_SERVICE_CREDENTIAL   x      .     .     .     .     .     .     .     .     .     .     .     .     .     .     .
CREATE_STORAGE_CREDENTIAL   x      .     .     .     .     .     .     .     .     .     .     .     .     .     .     .
SET_SHARE_PERMISSION        x      .     .     .     .     .     .     .     .     .     .     .     .     .     .     .
USE_MARKETPLACE_ASSETS      x      .     .     .     .     .     .     .     .     .     .     .     .     .     .     .
USE_PROVIDER                x      .     .     .     .     .     .     .     .     .     .     .     .     .     .     .
USE_RECIPIENT               x      .     .     .     .     .     .     .     .     .     .     .     .     .     .     .
USE_SHARE                   x      .     .     .     .     .     .     .     .     .     .     .     .     .     .     .
MANAGE_ALLOWLIST            ?      .     .     .     .     .     .     .     .     .     .     .     .     .     .     .
EXECUTE_CLEAN_ROOM_TASK     .      .     .     .     .     .     .     .     .     .     .     .     .     .     ?     .
MODIFY_CLEAN_ROOM           .      .     .     .     .     .     .     .     .     .     .     .     .     .     ?     .
READ_METADATA               .      .     .     .     .     .     .     .     .     .     .     .     .     .     .     x
`

const rows = table
  .split('\n')
  .map((line) => line.trim().split(/ +/))
  .filter(([first]) => first !== '' && first !== 'metast')
  .map(([privilege = '', ...marks]) => ({ privilege, marks }))

const owner = 'ana@example.com'
const more = [
  { type: 'table', name: 'main.gold.daily', owner, tableType: 'MATERIALIZED_VIEW' },
  { type: 'function', name: 'main.gold.margin', owner },
  { type: 'model', name: 'main.gold.churn', owner },
  { type: 'external_location', name: 'raw', owner },
  { type: 'storage_credential', name: 'lake', owner },
  { type: 'credential', name: 'mailer', owner },
  { type: 'connection', name: 'crm', owner },
  { type: 'share', name: 'outside', owner },
  { type: 'clean_room', name: 'room', owner },
  { type: 'model_service', name: 'main.gold.chat', owner },
] as const
const content = { ...seedContent, securables: [...seedContent.securables, ...more] }

const add = (client: Client, securable: string, privilege: string) =>
  client.patch(`${permissions}/${securable}`, { changes: [{ principal: 'analysts', add: [privilege] }] })

describe('what can be granted', () => {
  it.each(rows)('$privilege', async ({ privilege, marks }) => {
    expect(marks).toHaveLength(securables.length)
    const open = await workspace({ content })
    const strict = await workspace({ content, switches: { unconfirmedPlacements: 'Refused' } })
    const seen: string[] = []
    for (const securable of securables) {
      const statuses = [await add(open, securable, privilege), await add(strict, securable, privilege)].map(
        ({ status }) => status,
      )
      seen.push(statuses[1] === 200 ? 'x' : statuses[0] === 200 ? '?' : '.')
      expect(statuses[0] === 200 || statuses[0] === 400, securable).toBe(true)
    }
    expect(seen.join(' ')).toBe(marks.join(' '))
  })

  it.each(['CREATE', 'CREATE_VIEW', 'USAGE', 'READ_PRIVATE_FILES', 'NONSENSE'])(
    '%s nowhere',
    async (privilege) => {
      const client = await workspace({ content })
      for (const securable of securables) {
        const answer = await add(client, securable, privilege)
        expect(answer).toMatchObject({ status: 400, body: { error_code: 'INVALID_PARAMETER_VALUE' } })
        expect(answer.text('message')).toContain(`Privilege ${privilege} is not applicable to this entity`)
      }
    },
  )
})
