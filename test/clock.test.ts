import { expect, it, onTestFinished } from 'vitest'
import { systemClock } from '../src/clock.ts'

it('wakes at once who should have woken already, without a warning of Node', async () => {
  const warnings: string[] = []
  const hear = ({ name }: Error) => void warnings.push(name)
  process.on('warning', hear)
  onTestFinished(() => void process.off('warning', hear))
  await systemClock.sleep(-5)
  expect(warnings).toEqual([])
})
