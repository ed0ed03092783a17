import { z } from 'zod'

const text = z.string()

/** A library as the wire names it: exactly one of these. */
export const librarySchema = z
  .object({
    jar: text,
    egg: text,
    whl: text,
    requirements: text,
    pypi: z.object({ package: text, repo: text.optional() }),
    maven: z.object({ coordinates: text, repo: text.optional(), exclusions: z.array(text).optional() }),
    cran: z.object({ package: text, repo: text.optional() }),
  })
  .partial()

/** A library as it was sent; `isOne` says whether it names exactly one thing. */
export type Library = z.infer<typeof librarySchema>

/** Whether a library says exactly one thing. */
export const isOne = (library: Library): boolean => Object.keys(library).length === 1

/** The same text for what is the same library. */
export const keyOf = ({ jar, egg, whl, requirements, pypi, maven, cran }: Library): string =>
  JSON.stringify([
    jar,
    egg,
    whl,
    requirements,
    pypi && [pypi.package, pypi.repo],
    maven && [maven.coordinates, maven.repo, maven.exclusions],
    cran && [cran.package, cran.repo],
  ])

/** The name under which only one version of a package can be there. */
export const packageOf = ({ pypi, cran, maven }: Library): string | undefined =>
  /^[A-Za-z0-9._-]+/.exec(pypi?.package ?? cran?.package ?? '')?.[0].toLowerCase() ??
  maven?.coordinates.split(':').slice(0, 2).join(':')
