import { exactlyOneOf, withRules } from './rule.ts'
import { object, text } from './shape.ts'

/** One principal by which runs act, in the form of Databricks' `run_as`. */
export const runAs = (description: string) =>
  withRules(
    object(description, {
      userName: text('E-mail of a user.', { min: 1, max: 256 }).optional(),
      servicePrincipalName: text('Application id of a service principal.', { min: 1, max: 64 }).optional(),
      groupName: text('Name of a group.', { min: 1, max: 256 }).optional(),
    }),
    [exactlyOneOf(['userName', 'servicePrincipalName', 'groupName'], 'runAs')],
  )
