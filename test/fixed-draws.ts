/**
 * Property tests draw the same cases in every run, so that a red run means a change and can be repeated; other cases are
 * drawn with FAST_CHECK_SEED=<number>.
 */
import fc from 'fast-check';

fc.configureGlobal({ seed: Number(process.env.FAST_CHECK_SEED ?? 20261122) });
