import { pageToken } from '../page-token.ts'

/** How many elements of each array one page of a job or a run shows. */
const perPage = 100

/** One page of the long arrays of an object. */
export interface ArrayPage {
  /** The next slice of each array; one that ended earlier is empty, one that is not there stays away. */
  readonly slices: Readonly<Record<string, readonly unknown[]>>
  /** What the answer says about further pages. */
  readonly more: { readonly has_more?: true; readonly next_page_token?: string }
}

/** The page with this number, from 0, of the named arrays. */
export function pageOfArrays<Name extends string>(
  record: { readonly [name in Name]?: readonly unknown[] | undefined },
  names: readonly Name[],
  page: number,
): ArrayPage {
  const slices: Record<string, readonly unknown[]> = {}
  let hasMore = false
  for (const name of names) {
    const array = record[name]
    if (array === undefined) continue
    slices[name] = array.slice(page * perPage, (page + 1) * perPage)
    hasMore ||= array.length > (page + 1) * perPage
  }
  return { slices, more: hasMore ? { has_more: true, next_page_token: pageToken({ page: page + 1 }) } : {} }
}
