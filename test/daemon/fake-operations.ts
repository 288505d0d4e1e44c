import { AppshotError } from '../../src/errors.ts';
import type { Served } from '../../src/daemon/main.ts';
import type { Operations } from '../../src/types.ts';

/** Operations that a test makes up: what it doesn't name fails, what was asked is kept. */
export function fakeOperations(some: Partial<Operations> = {}): Served & { readonly calls: [op: string, arg: unknown][] } {
  const calls: [op: string, arg: unknown][] = [];
  const own: Partial<Operations> = {
    hello: () => Promise.resolve({ version: '0.0.0', pid: process.pid, uptimeMs: 1 }),
    shutdown: () => Promise.resolve({}),
    ...some,
  };
  return new Proxy({} as Served & { readonly calls: [string, unknown][] }, {
    get(_, op) {
      if (op === 'calls') return calls;
      if (op === 'close') return () => Promise.resolve();
      if (typeof op !== 'string' || op === 'then') return undefined;
      return (arg: unknown): Promise<unknown> => {
        calls.push([op, arg]);
        const operation = own[op as keyof Operations] as ((arg: unknown) => Promise<unknown>) | undefined;
        return operation?.(arg) ?? Promise.reject(new AppshotError('unsupported', op, 'not in this test'));
      };
    },
  });
}
