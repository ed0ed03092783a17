import { exactlyOneOf, withRules } from '../rule.ts'
import { object, setOf, text } from '../shape.ts'

const place = (description: string) => text(description, { min: 1, max: 4096 }).optional()
const repository = text('Repository to take it from. Default: the public one.', { max: 2048 }).optional()

/** One library, as clusters and tasks install it. */
export const library = withRules(
  object('One library, in exactly one form.', {
    whl: place('Path or address of a Python wheel.'),
    jar: place('Path or address of a JAR file.'),
    requirements: place('Path of a requirements.txt.'),
    egg: place('Path or address of a Python egg; deprecated by Databricks.'),
    pypi: object('A package from PyPI.', {
      package: text('Name and version, such as simplejson==3.19.2.', { min: 1, max: 512 }),
      repo: repository,
    }).optional(),
    maven: object('A package from Maven.', {
      coordinates: text('Coordinates, such as org.jsoup:jsoup:1.17.2.', { min: 1, max: 512 }),
      repo: repository,
      exclusions: setOf(
        'Dependencies to leave out.',
        text('One dependency, such as org.slf4j:*.', { min: 1, max: 512 }),
        { max: 100 },
      ).optional(),
    }).optional(),
    cran: object('A package from CRAN.', {
      package: text('Name of the package.', { min: 1, max: 512 }),
      repo: repository,
    }).optional(),
  }),
  [exactlyOneOf(['whl', 'jar', 'requirements', 'egg', 'pypi', 'maven', 'cran'], 'a library')],
)
