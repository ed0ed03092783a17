import { isObject, type JsonObject } from '../../databricks/json.ts'

/**
 * What a call loses that takes this cluster whole: the password of a private Docker image is never read back, so it
 * cannot be sent along. Whether the user of its registry is read back is not confirmed: any image may have a password.
 */
export function lostWith({ docker_image: image }: JsonObject): string | undefined {
  if (!isObject(image)) return undefined
  return isObject(image['basic_auth'])
    ? 'the password of its Docker image cannot be read back and would be lost'
    : 'if its Docker image has a password, that cannot be read back and would be lost'
}
