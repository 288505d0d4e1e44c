import { Errno, errnoOf } from './errno.ts';

/** How fuse-native is answered: 0 or a count, or the negative number of an error; then values. */
export type Callback = (result: number, ...values: unknown[]) => void;

export function answer(done: Callback, work: () => Promise<unknown>, values: (result: never) => readonly unknown[] = () => []): void {
  work().then(
    (result) => {
      done(0, ...values(result as never));
    },
    (error: unknown) => {
      done(-errnoOf(error));
    },
  );
}

/** For what answers with one value. */
export function answerWith(done: Callback, work: () => Promise<unknown>): void {
  answer(done, work, (value: unknown) => [value]);
}

/** For read and write, whose result is a number of bytes. */
export function count(done: Callback, work: () => Promise<number>): void {
  work().then(
    (bytes) => {
      done(bytes);
    },
    (error: unknown) => {
      done(-errnoOf(error));
    },
  );
}

/** A method that not every entry has: one that lacks it answers as a kernel would. */
export function method<T extends object, K extends keyof T>(
  owner: T,
  name: K,
  otherwise: ConstructorParameters<typeof Errno>[0],
): NonNullable<T[K]> {
  const found = owner[name];
  if (found === undefined || found === null) throw new Errno(otherwise);
  return typeof found === 'function' ? (found.bind(owner) as typeof found) : found;
}
