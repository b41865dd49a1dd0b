/** A table as an option of a public function. */
import { z } from 'zod';
import type { Table } from './table.ts';

export const tableOption = z.custom<Table>(
  (given) => typeof given === 'object' && given !== null && 'schema' in given && 'columns' in given,
  'must be a table',
);
