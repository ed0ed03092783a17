import type { Fault } from './fault.ts'

const throttledBody = {
  error_code: 'REQUEST_LIMIT_EXCEEDED',
  message: 'Workspace 7405611111111111 exceeded the concurrent limit of 30 requests.',
}

const retryInfo = { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retry_delay: '1s' }
const html = { 'Content-Type': 'text/html' }

/** Troubles that clients have met, by name. */
export const presets = {
  /** 429 that names the time to wait. */
  Throttled: {
    status: 429,
    headers: { 'Retry-After': '1' },
    body: { ...throttledBody, details: [retryInfo] },
  },
  /** 429 that does not. */
  ThrottledWithoutRetryAfter: { status: 429, body: throttledBody },
  /** SCIM says with status 500 that it is throttled. */
  ThrottledAs500: { status: 500, body: throttledBody },
  /** 503 as the platform itself says it. */
  Unavailable: {
    status: 503,
    body: {
      error_code: 'TEMPORARILY_UNAVAILABLE',
      message: 'The service is temporarily unavailable. Please try again later.',
    },
  },
  /** 503 as a load balancer says it. */
  NoHealthyUpstream: { status: 503, body: 'no healthy upstream' },
  /** 502 of a proxy, in HTML. */
  BadGateway: {
    status: 502,
    headers: html,
    body: '<html><head><title>502</title></head><body><pre>upstream is not reachable</pre></body></html>',
  },
  /** A gateway that does not know where to send a call. */
  BadTarget: { status: 400, body: { error: 'Bad Target: /api/2.1/clusters/list' } },
  /** An error of the account's side, code and message in one text. */
  CodeAsText: { status: 403, body: 'PERMISSION_DENIED: the caller may not do this' },
  /** A workspace that is just being moved or woken; clients try again, whatever the status. */
  UnknownWorkerEnvironment: {
    status: 400,
    body: {
      error_code: 'BAD_REQUEST',
      message: 'UnknownWorkerEnvironmentException: Unknown worker environment WorkerEnvId(workerenv-7)',
    },
  },
  /** What a workspace without Unity Catalog says to its calls. */
  FeatureDisabled: {
    status: 404,
    body: {
      error_code: 'FEATURE_DISABLED',
      message: 'Unity Catalog is not available for feature tier STANDARD_TIER.',
    },
  },
  /** 500 without a body. */
  EmptyError: { status: 500 },
  DeadlineExceeded: {
    status: 504,
    body: { error_code: 'DEADLINE_EXCEEDED', message: 'deadline exceeded' },
  },
  /** A page for people in the place of an answer. */
  LoginPage: { status: 200, headers: html, body: '<!DOCTYPE html><html><title>Sign in</title></html>' },
  Reset: { reset: true },
  /** The connection is accepted and never answered. */
  HalfOpen: { hang: 'BeforeHeaders' },
  HeadersOnly: { hang: 'AfterHeaders' },
  CutBody: { cut: true },
  SlowDrip: { drip: { bytes: 16, everySeconds: 1 } },
} as const satisfies Readonly<Record<string, Partial<Fault>>>

type PresetName = keyof typeof presets

/** Their names, for what takes one. */
export const presetNames = Object.keys(presets) as [PresetName, ...PresetName[]]
