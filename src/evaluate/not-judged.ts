/** Columns that the figures say nothing, or hardly anything, about. */
import type { Table } from '../table/table.ts';
import type { ReportData, Sections } from './report/report.ts';

/** In the training table's order. */
export function notJudged(train: Table, { columnShapes }: Sections): ReportData['notJudged'] {
  const shapes = new Map(columnShapes.columns.map(({ column, value }) => [column, value]));
  return train.schema.columns.flatMap(({ name, kind, replaced }) => {
    const why = replaced
      ? 'replaced in new rows, not learned'
      : kind === 'text'
        ? 'text: only missing cells and copies are compared'
        : shapes.get(name) === null
          ? 'has no value in training'
          : null;
    return why === null ? [] : [{ column: name, why }];
  });
}
