import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { reasons, type Reason } from '../../src/reconcile/reasons.ts'

/*
 * docs/drift.md and docs/safety.md show how each state looks that a user can meet. Here is what they do not show. The
 * list only shrinks: bring the state about in test/scenario/documents-….test.ts, put a block with its name on the page,
 * record it (`UPDATE=1 npx vitest run test/scenario/documents-`), and strike the reason from here.
 */

const elsewhere = 'of a workspace: docs/credentials.md says how each is mended'
const inWords = 'told in words only'

const notShown: Partial<Record<Reason, string>> = {
  // Nobody can see it, or nobody can bring it about.
  NotLookedYet: 'lives for the moment before the first look',
  OperatorError: 'would be a bug of ours',

  // Another page's.
  SecretKeyMissing: elsewhere,
  SecretForbidden: elsewhere,
  ServiceAccountMissing: elsewhere,
  TokenRequestForbidden: elsewhere,
  TokenFileMissing: elsewhere,
  HostRefused: elsewhere,
  AmbientIdentityRefused: elsewhere,
  AmbientIdentityMissing: elsewhere,
  OAuthNotSupported: elsewhere,
  TokenEndpointRefused: elsewhere,
  TokenAudienceRefused: elsewhere,
  CredentialsRejected: elsewhere,

  // To be shown: not recorded yet.
  CreateUnfinished: inWords,
  NoRoomForStatus: inWords,
  StatusUnreadable: inWords,
  AccessDenied: inWords,
  RunAsRequired: inWords,
  DuplicatesFound: inWords,
  UnmarkedFound: inWords,
  ExternalIdMissing: inWords,
  NothingToObserve: inWords,
  ApprovedOther: inWords,
  DeletionsHeld: inWords,
  DeletionsApproved: inWords,
}

const block = /<!-- kubectl: (?<name>\S+) -->\n```\n(?<text>[\s\S]*?)```\n/g

const blocksOf = async (page: string) =>
  [...(await readFile(join(import.meta.dirname, '../../docs', `${page}.md`), 'utf8')).matchAll(block)].map(
    ({ groups }) => ({ name: groups?.['name'] ?? '', text: groups?.['text'] ?? '' }),
  )

/** Where kubectl prints a reason: as a member in YAML, or alone in a cell of a table. */
const printed = /(?:reason: | {3})(?<reason>\w+)(?= {3}|$)/gm

it('shows on one of the pages every reason but those named here', async () => {
  const blocks = [...(await blocksOf('drift')), ...(await blocksOf('safety'))]
  const shown = new Set(
    blocks.flatMap(({ text }) => [...text.matchAll(printed)].map(({ groups }) => groups?.['reason'] ?? '')),
  )
  const missing = Object.keys(reasons).filter((reason) => !shown.has(reason))
  expect(missing.toSorted()).toEqual(Object.keys(notShown).toSorted())
})

it.each(['drift', 'safety'])('has a file that records each block of docs/%s.md', async (page) => {
  const stories = new Set(
    (await blocksOf(page)).map(({ name }) => (name.includes('/') ? `-${name.split('/', 1)[0] ?? ''}` : '')),
  )
  for (const story of stories)
    await readFile(join(import.meta.dirname, `../scenario/documents-${page}${story}.test.ts`))
})
