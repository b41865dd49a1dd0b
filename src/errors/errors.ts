/** The one error class users meet: a sentence they can act on and a stable code. It knows nothing of any stage. */

/**
 * A problem in the call or its input, as opposed to a fault of tabletalk.
 * `message` is one line that says what must hold, what came and where; `code` is stable and meant for programs.
 */
export class TabletalkError extends Error {
  override readonly name = 'TabletalkError';

  constructor(
    readonly code: ErrorCode,
    message: string,
  ) {
    super(message);
  }
}

/**
 * `input` and `option` are the caller's to mend (exit code 2); `failed` is work that did not succeed (exit code 1);
 * `interrupted` is work that the caller stopped and may have continued (exit code 130, as shells have it for Ctrl-C).
 */
export type ErrorCode = 'input' | 'option' | 'failed' | 'interrupted';
