/** What may be wrong with a row, as data. */

export interface RowIssue {
  readonly code:
    | 'syntax'
    | 'unknown-column'
    | 'repeated-column'
    | 'unreadable-value'
    | 'absent-column'
    | 'invalid-value'
    | 'broken-check'
    | 'repeated-row';
  readonly column?: string;
  /** One line for people: what must hold and what came. */
  readonly message: string;
}
