import { defineConfig } from 'vitest/config';

const conditions = ['@reveille/source', 'node', 'import', 'default'];

export default defineConfig({
  resolve: { conditions: ['@reveille/source'] },
  ssr: { resolve: { conditions } },
  test: {
    pool: 'forks',
    include: ['{packages,services,apps}/*/src/**/*.spec.ts', 'e2e/src/**/*.spec.ts'],
  },
});
