import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    pool: 'forks',
    // One more than the cores of a small machine: stories wait for others half of their time.
    maxWorkers: 3,
    projects: [
      {
        extends: true,
        // Bounds what hangs; a busy machine may take its time.
        test: {
          testTimeout: 30_000,
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/scenario/**', 'test/invariant/**', 'test/python-sdk/**', 'test/used-rights/**'],
        },
      },
      {
        extends: true,
        test: { name: 'python-sdk', include: ['test/python-sdk/**/*.test.ts'], hookTimeout: 180_000 },
      },
      {
        extends: true,
        test: {
          name: 'scenario',
          include: ['test/scenario/**/*.test.ts', 'test/invariant/**/*.test.ts'],
          // Runs only when a file of this project does: a unit test starts no API server.
          globalSetup: ['test/scenario/global-setup.ts'],
          // More than one wait may take, so that what was waited for is said instead of a time.
          testTimeout: 90_000,
          hookTimeout: 60_000,
        },
      },
      {
        extends: true,
        // Last: it judges what all scenarios together have used. A run of some of them leaves it out.
        test: {
          name: 'used-rights',
          include: ['test/used-rights/**/*.test.ts'],
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
})
