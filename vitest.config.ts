import { defineConfig } from 'vitest/config';

/** Files that start processes, fit models, or compare many draws: each takes over some ten seconds. */
const slow = [
  'test/{augment,cli,docs,files,fuzz,pack,scale}/**/*.test.ts',
  'test/dataset/families.test.ts',
  'test/evaluate/{command,report-page,verdict}.test.ts',
  'test/finetune/{finetune,resume}.test.ts',
  'test/model/{base,checkpointed-fit,device-lost,hugging-face,private-fit,quality,shards,shares}.test.ts',
  'test/sample/{checks,conditional-prefix,exact,exact-checks,legal}.test.ts',
  'test/serialize/{base-codec,base-restrict,base-tokenizer,round-trip}.test.ts',
  'test/table/{csv-round-trip,patterns}.test.ts',
  'test/training/{private-step,step,webgpu}.test.ts',
  // These need data from elsewhere: test/outside.ts.
  ...(process.env.TABLETALK_OUTSIDE ? ['test/**/*.outside.ts'] : []),
];

const project = (name: string, include: string[], exclude: string[] = []) => ({
  extends: true as const,
  test: { name, include, exclude },
});

// Two files at a time, one for each core of the CI machine: most of the suite is one thread's work, or processes that start.
export default defineConfig({
  test: {
    projects: [project('fast', ['test/**/*.test.ts'], slow), project('slow', slow)],
    globalSetup: 'test/build.ts',
    setupFiles: 'test/fixed-draws.ts',
    maxWorkers: 2,
    // Against a test that hangs only: how long one takes depends on the hour, and its work is bounded in cases.
    testTimeout: 900_000,
    hookTimeout: 900_000,
    coverage: { provider: 'v8', include: ['{src,models,training}/**/*.ts'], reporter: ['text-summary'] },
  },
});
