/** One kind of object that has an access list. */
export interface ObjectType {
  /** The kind as `object_type` writes it. */
  readonly name: string
  /** How the kind stands in a path; `object_id` is this and the object's id. */
  readonly path: string
  /** What can be given, from the least to the most. */
  readonly levels: readonly string[]
}

/** Jobs, which can be given an access list when they are created. */
export const jobType: ObjectType = {
  name: 'job',
  path: 'jobs',
  levels: ['CAN_VIEW', 'CAN_MANAGE_RUN', 'CAN_MANAGE', 'IS_OWNER'],
}

const access = ['CAN_READ', 'CAN_RUN', 'CAN_EDIT', 'CAN_MANAGE']
const use = ['CAN_USE', 'CAN_MANAGE']

/** Levels by the kind in the path, and the name of the kind in answers where it is another one. */
const table: Readonly<Record<string, readonly [levels: readonly string[], name?: string]>> = {
  jobs: [jobType.levels, 'job'],
  clusters: [['CAN_ATTACH_TO', 'CAN_RESTART', 'CAN_MANAGE'], 'cluster'],
  pipelines: [['CAN_VIEW', 'CAN_RUN', 'CAN_MANAGE', 'IS_OWNER']],
  'cluster-policies': [['CAN_USE'], 'cluster-policy'],
  'instance-pools': [['CAN_ATTACH_TO', 'CAN_MANAGE'], 'instance-pool'],
  'sql/warehouses': [['CAN_USE', 'CAN_MONITOR', 'CAN_VIEW', 'CAN_MANAGE', 'IS_OWNER'], 'warehouses'],
  notebooks: [access, 'notebook'],
  directories: [access, 'directory'],
  files: [access, 'file'],
  repos: [access, 'repo'],
  dashboards: [access, 'dashboard'],
  'sql/alerts': [access, 'alert'],
  'sql/queries': [access, 'query'],
  'dbsql-dashboards': [access, 'dashboard'],
  alertsv2: [access, 'alertv2'],
  experiments: [['CAN_READ', 'CAN_EDIT', 'CAN_MANAGE'], 'mlflowExperiment'],
  'registered-models': [
    ['CAN_READ', 'CAN_EDIT', 'CAN_MANAGE_STAGING_VERSIONS', 'CAN_MANAGE_PRODUCTION_VERSIONS', 'CAN_MANAGE'],
    'registered-model',
  ],
  'serving-endpoints': [['CAN_VIEW', 'CAN_QUERY', 'CAN_MANAGE'], 'serving-endpoint'],
  apps: [use],
  'database-instances': [use],
  'database-projects': [use],
  'vector-search-endpoints': [use],
  genie: [access, 'genie-space'],
  'authorization/tokens': [use, 'tokens'],
  'authorization/passwords': [['CAN_USE'], 'passwords'],
  'knowledge-assistants': [['CAN_QUERY', 'CAN_MANAGE']],
  'supervisor-agents': [['CAN_QUERY', 'CAN_MANAGE']],
}

/** A warehouse can be named in two ways. */
const aliases: ReadonlyMap<string, string> = new Map([['warehouses', 'sql/warehouses']])

/** CAN_VIEW is what CAN_READ of these kinds was called before. */
const readWasView = new Set(['sql/alerts', 'sql/queries', 'dbsql-dashboards'])

/** The kind of object that a path names. */
export function objectTypeOf(inPath: string): ObjectType | undefined {
  const path = aliases.get(inPath) ?? inPath
  const [levels, name = path] = Object.hasOwn(table, path) ? (table[path] ?? []) : []
  return levels === undefined ? undefined : { name, path, levels }
}

/** The level that a text names for a kind; undefined if the kind has none of this name. */
export function levelOf(type: ObjectType, sent: string): string | undefined {
  const level = sent === 'CAN_VIEW' && readWasView.has(type.path) ? 'CAN_READ' : sent
  return type.levels.includes(level) ? level : undefined
}

/** Whether an object of this kind has an owner beside those who may manage it. */
export const isOwned = ({ levels }: ObjectType): boolean => levels.includes('IS_OWNER')

/** What administrators inherit: all there is but ownership. */
export const administratorLevel = ({ levels }: ObjectType): string =>
  levels.findLast((level) => level !== 'IS_OWNER') ?? 'CAN_MANAGE'

/** The levels that let their holder see and change the access list; nobody but administrators where empty. */
export const managingLevels = ({ levels }: ObjectType): readonly string[] =>
  levels.filter((level) => level === 'CAN_MANAGE' || level === 'IS_OWNER')
