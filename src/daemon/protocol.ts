import type { ErrorCode } from '../errors.ts';

/**
 * What goes over the daemon's socket: one JSON value a line, a Request one way, an Answer the other. Answers may come in
 * any order; `id` is chosen by the asker and unique among its unanswered requests.
 */
export interface Request {
  readonly id: number;
  readonly op: string;
  readonly arg: unknown;
}
export type Answer = { readonly id: number; readonly result: unknown } | { readonly id: number; readonly error: ErrorBody };
export interface ErrorBody {
  readonly code: ErrorCode;
  readonly what: string;
  readonly why: string;
  readonly next: string | null;
  /** The daemon's own stack, shown by `--debug` alone. */
  readonly stack?: string;
}

/** A longer line is no request that anybody meant: rule files are the largest thing sent. */
export const MAX_LINE = 16 * 1024 * 1024;

/** Cuts a stream of text into lines. A chunk costs its own length, however long the line it belongs to. */
export class LineSplitter {
  #parts: string[] = [];
  #length = 0;

  /** The lines that are complete now. Throws RangeError when a line exceeds MAX_LINE. */
  push(chunk: string): string[] {
    const lines = chunk.split('\n');
    const rest = lines.pop() ?? '';
    if (lines.length > 0) {
      lines[0] = this.#parts.join('') + (lines[0] ?? '');
      this.#parts = [];
      this.#length = 0;
    }
    this.#parts.push(rest);
    this.#length += rest.length;
    if (this.#length > MAX_LINE) throw new RangeError(`a line of more than ${MAX_LINE} characters`);
    return lines;
  }
}
