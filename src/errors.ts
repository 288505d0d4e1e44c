/** Every failure that a person may see: a code, what was being done, why it failed, and what to do next. */
export type ErrorCode =
  | 'misuse'
  | 'not-found'
  | 'exists'
  | 'busy'
  | 'refused'
  | 'permission'
  | 'unsupported'
  | 'corrupt'
  | 'no-space'
  | 'timeout'
  | 'gone'
  | 'failed';

export class AppshotError extends Error {
  override readonly name = 'AppshotError';
  readonly code: ErrorCode;
  /** What was being done, e.g. `clone web`. */
  readonly what: string;
  /** One clause: why it failed. */
  readonly why: string;
  /** One clause: what the person can do about it, or null. */
  readonly next: string | null;

  constructor(code: ErrorCode, what: string, why: string, next: string | null = null, options?: ErrorOptions) {
    super(`${what}: ${why}${next === null ? '' : `; ${next}`}`.replace(/\s*\n\s*/g, ' '), options);
    this.code = code;
    this.what = what;
    this.why = why;
    this.next = next;
  }

  toJSON(): { code: ErrorCode; what: string; why: string; next: string | null } {
    return { code: this.code, what: this.what, why: this.why, next: this.next };
  }

  static fromJSON(value: { code: ErrorCode; what: string; why: string; next: string | null }): AppshotError {
    return new AppshotError(value.code, value.what, value.why, value.next);
  }
}
