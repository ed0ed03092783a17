import { describe, expect, it } from 'vitest'
import type { Clock } from '../../src/clock.ts'
import { GoBuildProgress } from '../../src/control-plane/go-build-progress.ts'

const frozen: Clock = { now: () => 0, monotonic: () => 0, sleep: () => Promise.resolve() }

describe('the progress of a Go build', () => {
  it('is told in steps of five per cent with the time it took', () => {
    const said: string[] = []
    let elapsed = 0
    const progress = new GoBuildProgress(1_000, (sentence) => said.push(sentence), {
      ...frozen,
      monotonic: () => elapsed,
    })
    for (let index = 0; index < 1_000; index += 1) {
      elapsed += 480
      progress.add(`k8s.io/kubernetes/pkg/p${index}`)
    }
    expect(said).toHaveLength(20)
    expect(said[0]).toBe('  50 of 1000 packages (5 %) after 24s')
    expect(said.at(-1)).toBe('  1000 of 1000 packages (100 %) after 8m')
  })

  it('counts packages only and keeps the other lines as complaints', () => {
    const said: string[] = []
    const progress = new GoBuildProgress(4, (sentence) => said.push(sentence), frozen)
    const lines = [
      'unicode/utf8',
      'go: downloading k8s.io/api v0.37.2',
      'gopkg.in/inf.v0',
      '# k8s.io/x',
      'x.go:3:1: undefined: y',
      'crypto/internal/fips140/v1.0.0-c2097c7c/sha3',
    ]
    for (const line of lines) progress.add(line)
    expect(said.at(-1)).toContain('3 of 4 packages (75 %)')
    expect(progress.complaints).toEqual([
      'go: downloading k8s.io/api v0.37.2',
      '# k8s.io/x',
      'x.go:3:1: undefined: y',
    ])
  })

  it('keeps only the last complaints', () => {
    const progress = new GoBuildProgress(4, () => undefined, frozen)
    for (let index = 0; index < 50; index += 1) progress.add(`error number ${index}`)
    expect(progress.complaints).toHaveLength(20)
    expect(progress.complaints.at(-1)).toBe('error number 49')
  })
})
