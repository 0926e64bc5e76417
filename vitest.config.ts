import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

// Only our own: `import` in this list would reach Node's `require` too and break packages that ship both kinds.
const conditions = ['@reveille/source', 'node'];

export default defineConfig({
  resolve: { conditions: ['@reveille/source'] },
  ssr: { resolve: { conditions } },
  test: {
    pool: 'forks',
    // What has servers of its own waits more than it works: two cores have room for three.
    maxWorkers: Math.max(3, availableParallelism()),
    // A guard against hanging, not a measurement: a busy machine is no failure.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 30_000 } },
    include: ['{packages,services,apps}/*/src/**/*.spec.ts', 'e2e/src/**/*.spec.ts', 'scripts/**/*.spec.ts'],
  },
});
