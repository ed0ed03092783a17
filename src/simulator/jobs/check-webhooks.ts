import { invalidParameter, type Refusal } from '../http/refusal.ts'
import { occasions, type Webhooks } from './notification-shapes.ts'

const mostWebhooks = 3

/** Why so many cannot be told of a job or task by webhook. */
export function checkWebhooks(webhooks: Webhooks = {}): Refusal | undefined {
  const full = occasions.find((occasion) => (webhooks[occasion]?.length ?? 0) > mostWebhooks)
  return full === undefined
    ? undefined
    : invalidParameter(`At most ${mostWebhooks} webhooks are allowed for ${full}.`)
}
