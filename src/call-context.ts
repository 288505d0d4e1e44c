import { AsyncLocalStorage } from 'node:async_hooks';

/** What an operation knows about the request it serves. */
export interface CallContext {
  /** performance.now() when the request arrived. */
  readonly arrived: number;
}

const storage = new AsyncLocalStorage<CallContext>();

/** The context of the request being served; a direct call has arrived just now. */
export const callContext = (): CallContext => storage.getStore() ?? { arrived: performance.now() };

/** Runs one request with its context. */
export const withCallContext = <T>(context: CallContext, work: () => T): T => storage.run(context, work);
