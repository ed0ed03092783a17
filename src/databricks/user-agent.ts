import lakeward from '../../package.json' with { type: 'json' }
import undici from 'undici/package.json' with { type: 'json' }
import type { TokenSource } from './auth/token.ts'

/**
 * Who is calling, in the form that Databricks asks of tools, so that an administrator finds our calls
 * in the audit log. https://docs.databricks.com/aws/en/integrations/partner-tools/user-agent
 */
export const userAgent = (kind: TokenSource['kind']): string =>
  [
    `${lakeward.name}/${lakeward.version}`,
    `undici/${undici.version}`,
    `node/${process.versions.node}`,
    `os/${process.platform}`,
    `auth/${kind}`,
  ].join(' ')
