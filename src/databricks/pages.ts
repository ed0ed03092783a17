import { nameOf, type Call } from './call.ts'
import type { Databricks } from './client.ts'
import { DatabricksError } from './errors.ts'
import { isObject, type JsonObject } from './json.ts'

/** How a list is read. */
export interface Paging {
  /** The key of the items in an answer; absent there means none. */
  readonly items: string
  /** More pages than this are a fault of the server, not a list. */
  readonly most: number
}

/**
 * The pages of a list, one array of items each. A page may be empty and the list still go on: only the
 * absence of a token ends it. The call's other parameters stay the same from page to page.
 */
export async function* pages(
  databricks: Databricks,
  call: Call,
  { items, most }: Paging,
): AsyncGenerator<JsonObject[], void, undefined> {
  for await (const page of rawPages(databricks, call, most)) {
    const found = page[items] ?? []
    if (!Array.isArray(found) || !found.every(isObject))
      throw odd(call, `"${items}" is not a list of objects`)
    yield found
  }
}

/** All items of a list in one array. */
export async function allItems(databricks: Databricks, call: Call, paging: Paging): Promise<JsonObject[]> {
  const all: JsonObject[] = []
  for await (const page of pages(databricks, call, paging)) all.push(...page)
  return all
}

/**
 * Answers one after the other until one has no `next_page_token`. A token that comes a second time
 * would go on forever, so it ends in an error as well as too many pages do, and as a page that has no
 * token although it says that there is more: half a list is never returned as a whole one.
 */
export async function* rawPages(
  databricks: Databricks,
  call: Call,
  most: number,
): AsyncGenerator<JsonObject, void, undefined> {
  const seen = new Set<string>()
  let next = call
  for (let count = 1; ; count += 1) {
    const page = await databricks.call(next)
    yield page
    const token = page['next_page_token'] ?? ''
    if (token === '') {
      if (page['has_more'] === true) throw odd(call, 'there is more, and no token to ask for it')
      return
    }
    if (typeof token !== 'string') throw odd(call, 'the token of the next page is not text')
    if (seen.has(token)) throw odd(call, 'the token of a page came a second time')
    if (count >= most) throw odd(call, `there are more than ${most} pages`)
    seen.add(token)
    next = at(call, token)
  }
}

/** A call that lists by POST takes the token in its body. */
const at = (call: Call, token: string): Call =>
  call.method === 'GET'
    ? { ...call, query: { ...call.query, page_token: token } }
    : { ...call, body: { ...call.body, page_token: token } }

const odd = (call: Call, problem: string): DatabricksError =>
  new DatabricksError({
    kind: 'Unknown',
    call: nameOf(call),
    status: 200,
    code: 'ODD_PAGES',
    serverMessage: `the list cannot be read to its end: ${problem}`,
    answered: false,
  })
