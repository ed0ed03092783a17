/** A request as the audit log would name it. */
export interface Asked {
  method: string
  verb: 'get' | 'list' | 'watch' | 'create' | 'update' | 'patch' | 'delete'
  /** In the plural: `jobspecs`. Empty for what is no resource, such as `/version`. */
  resource: string
  namespace?: string
  name?: string
  subresource?: string
  /** With its query. */
  url: string
}

/** One request of the operator and what became of it. */
export interface Exchange extends Asked {
  /** Milliseconds on the machine's monotonic clock. */
  at: number
  /** What the API server answered; undefined as long as it has not, or when it never heard of the request. */
  serverStatus?: number
  /** What the operator got to see; undefined when it saw no head of an answer. */
  status?: number
  /** The code of the error that the server told of in the midst of a watch. */
  error?: number
  /** The trouble that was made, in the words of its order. */
  fault?: string
}

/** Which requests are meant; what is left out is any. */
export interface Which {
  verb?: Asked['verb']
  resource?: string
  /** `none` = the object itself. */
  subresource?: string
  name?: string
}

/**
 * Reads a request line.
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-uris
 */
export function askedIn(method: string, url: string): Asked {
  const { pathname, searchParams } = new URL(url, 'https://kubernetes')
  const segments = pathname.split('/').filter((segment) => segment !== '')
  // `/api/v1/…` or `/apis/GROUP/VERSION/…`
  const rest = segments.slice(segments[0] === 'apis' ? 3 : 2)
  const isInNamespace = rest[0] === 'namespaces' && rest.length > 2
  const [resource = '', name, subresource] = isInNamespace ? rest.slice(2) : rest
  return {
    method,
    verb: verbOf(method, { isNamed: name !== undefined, isWatch: searchParams.has('watch') }),
    resource,
    ...(isInNamespace && rest[1] !== undefined && { namespace: rest[1] }),
    ...(name !== undefined && { name }),
    ...(subresource !== undefined && { subresource }),
    url,
  }
}

function verbOf(method: string, { isNamed, isWatch }: { isNamed: boolean; isWatch: boolean }): Asked['verb'] {
  switch (method) {
    case 'POST':
      return 'create'
    case 'PUT':
      return 'update'
    case 'PATCH':
      return 'patch'
    case 'DELETE':
      return 'delete'
    default:
      return isWatch ? 'watch' : isNamed ? 'get' : 'list'
  }
}

/** Whether a request is one of those. */
export const isMeant = (asked: Asked, { verb, resource, subresource, name }: Which): boolean =>
  (verb === undefined || asked.verb === verb) &&
  (resource === undefined || asked.resource === resource) &&
  (subresource === undefined || (asked.subresource ?? 'none') === subresource) &&
  (name === undefined || asked.name === name)

/** `patch jobspecs/status nightly` */
export const nameOf = ({ verb, resource, subresource, name }: Asked | Which): string =>
  [verb ?? 'any', subresource === undefined ? resource : `${resource}/${subresource}`, name]
    .filter((part) => part !== undefined)
    .join(' ')
