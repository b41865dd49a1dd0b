/** A thread that scores sentences. */
import { serve } from '../../threads/thread.ts';
import { createScorer, type ReadingModel, type ReadingTask } from './score-threads.ts';

serve<ReadingModel, ReadingTask, void>(createScorer);
