/** The one error class users meet: a sentence they can act on and a stable code. */

/**
 * A problem in the call or its input, as opposed to a fault of tabletalk.
 * `message` is one line that says what must hold, what came and where; `code` is stable and meant for programs.
 */
export class TabletalkError extends Error {
  override readonly name = 'TabletalkError';
  /** The option of the public function that it is about: `"loraRank"`. */
  readonly option: string | undefined;
  /** The column that it is about, by the name that the caller or the file gave. */
  readonly column: string | undefined;
  /** What came, where it is one value. */
  readonly value: unknown;
  /** Where: a file, with the line if there is one, or a folder. */
  readonly place: string | undefined;

  constructor(
    readonly code: ErrorCode,
    message: string,
    { option, column, value, place }: ErrorData = {},
  ) {
    // Names from files may hold line breaks.
    super(message.replaceAll(/[\r\n]+/g, ' '));
    this.option = option;
    this.column = column;
    this.value = value;
    this.place = place;
  }
}

/** What an error is about, as far as it applies. */
export type ErrorData = Partial<Pick<TabletalkError, 'option' | 'column' | 'value' | 'place'>>;

/** An option that cannot be as it is: `fit: "loraRank": must be positive`. */
export function optionError(verb: string, option: string, problem: string, data: ErrorData = {}): TabletalkError {
  return new TabletalkError('option', `${verb}: "${option}": ${problem}`, { ...data, option });
}

/** What is wrong in a file or folder: `people.csv:3: not UTF-8 text`. */
export function inputError(place: string, problem: string, data: ErrorData = {}): TabletalkError {
  return new TabletalkError('input', `${place}: ${problem}`, { column: data.column, value: data.value, place });
}

/**
 * `input` and `option` are the caller's to mend (exit code 2); `failed` is work that did not succeed (exit code 1);
 * `interrupted` is work that the caller stopped and may have continued (exit code 130, as shells have it for Ctrl-C).
 */
export type ErrorCode = 'input' | 'option' | 'failed' | 'interrupted';
