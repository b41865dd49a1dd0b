/** A thread that scores sentences. */
import { serve } from '../../threads/thread.ts';
import { createScorer, type ScoreModel, type ScoreTask } from './score-threads.ts';

serve<ScoreModel, ScoreTask, void>(createScorer);
