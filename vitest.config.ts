import { defineConfig } from 'vitest/config';

// Two files at a time, one for each core of the CI machine: most of the suite is one thread's work, or processes that start.
export default defineConfig({
  test: {
    // The second kind needs data from elsewhere: test/outside.ts.
    include: ['test/**/*.test.ts', ...(process.env.TABLETALK_OUTSIDE ? ['test/**/*.outside.ts'] : [])],
    globalSetup: 'test/build.ts',
    setupFiles: 'test/fixed-draws.ts',
    maxWorkers: 2,
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
