/** A thread that measures baselines. */
import { serve } from '../../threads/thread.ts';
import type { Tables } from '../metrics/figure.ts';
import type { BaselineFigures } from '../report/report.ts';
import { baselineLane } from './baseline-threads.ts';
import type { BaselineName } from './baselines.ts';

serve<Tables, BaselineName, BaselineFigures>(baselineLane);
