import { defineConfig } from 'vitest/config';

// One file at a time: every test that trains or samples wants both cores of the CI machine for itself.
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: 'test/build.ts',
    setupFiles: 'test/fixed-draws.ts',
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
