import { invalidParameter, type Refusal } from '../http/refusal.ts'
import type { PlainTask, Task } from './task.ts'
import { taskTypes } from './task-types.ts'

const mostParameterBytes = 1024 * 1024
const mostDbtCommands = 10
const mostSubscribers = 100
const mostTurnsAtOnce = 100

/** The first reason why a task cannot do what it is to do. */
export function checkTaskType(task: Task | PlainTask): Refusal | undefined {
  const { task_key } = task
  if (taskTypes.filter((type) => Object.hasOwn(task, type)).length !== 1) {
    return invalidParameter(`Task '${task_key}' needs exactly one task type.`)
  }
  const problem = problemOf(task)
  return problem === undefined ? undefined : invalidParameter(`Task '${task_key}': ${problem}`)
}

const problemOf = (task: Task): string | undefined =>
  checkCode(task) ?? checkDbt(task) ?? checkSql(task) ?? checkAlert(task) ?? checkFlow(task)

function checkCode({ notebook_task, python_wheel_task }: Task): string | undefined {
  if (Buffer.byteLength(JSON.stringify(notebook_task?.base_parameters ?? {})) > mostParameterBytes) {
    return `base_parameters exceed ${mostParameterBytes} bytes.`
  }
  return python_wheel_task?.parameters !== undefined && python_wheel_task.named_parameters !== undefined
    ? 'only one of parameters and named_parameters may be set.'
    : undefined
}

function checkDbt({ dbt_task }: Task): string | undefined {
  if (dbt_task === undefined) return undefined
  const { commands, catalog, warehouse_id } = dbt_task
  if (commands.length > mostDbtCommands) return `at most ${mostDbtCommands} commands are allowed.`
  if (commands.length === 0 || !commands.every((command) => /^\s*dbt\b/.test(command))) {
    return 'each of commands must begin with dbt.'
  }
  return catalog !== undefined && warehouse_id === undefined ? 'catalog needs warehouse_id.' : undefined
}

function checkSql({ sql_task }: Task): string | undefined {
  if (sql_task === undefined) return undefined
  const { query, file, dashboard, alert } = sql_task
  if ([query, file, dashboard, alert].filter((what) => what !== undefined).length !== 1) {
    return 'sql_task needs exactly one of query, file, dashboard and alert.'
  }
  return checkSubscribers(dashboard?.subscriptions ?? alert?.subscriptions)
}

function checkAlert({ alert_task, dashboard_task }: Task): string | undefined {
  if (alert_task === undefined) return checkSubscribers(dashboard_task?.subscription?.subscribers)
  const { alert_id, workspace_path, subscribers = [] } = alert_task
  if ((alert_id === undefined) === (workspace_path === undefined)) {
    return 'alert_task needs exactly one of alert_id and workspace_path.'
  }
  if (subscribers.length > mostSubscribers) return `at most ${mostSubscribers} subscribers are allowed.`
  return checkSubscribers(subscribers)
}

const checkSubscribers = (
  subscribers: readonly { user_name?: string | undefined; destination_id?: string | undefined }[] = [],
): string | undefined =>
  subscribers.every(
    ({ user_name, destination_id }) => (user_name === undefined) !== (destination_id === undefined),
  )
    ? undefined
    : 'a subscriber needs exactly one of user_name and destination_id.'

function checkFlow({ condition_task, for_each_task, ...task }: Task): string | undefined {
  if (condition_task !== undefined) {
    const extra = [
      'max_retries',
      'email_notifications',
      'webhook_notifications',
      'notification_settings',
    ].find((name) => Object.hasOwn(task, name) && !isEmpty(Reflect.get(task, name)))
    return extra === undefined ? undefined : `a condition task has no ${extra}.`
  }
  const { concurrency = 1 } = for_each_task ?? {}
  return concurrency < 1 || concurrency > mostTurnsAtOnce
    ? `concurrency must be between 1 and ${mostTurnsAtOnce}.`
    : undefined
}

/** What a client writes that always sends all fields. */
const isEmpty = (value: unknown): boolean =>
  value === 0 || (typeof value === 'object' && value !== null && Object.keys(value).length === 0)
