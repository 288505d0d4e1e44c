#!/usr/bin/env node
/** Serves the template store as a directory: `appshot-store DIR`. Started by the daemon for `appshot mount`. */
// Each call that waits for a view or a disk holds a thread: there must be enough that the daemon's answers are not kept waiting.
// Files that are not there are asked for all the time: their errors need no stack.
Error.stackTraceLimit = 2;
process.env['UV_THREADPOOL_SIZE'] ??= '16';
const { serveStore } = await import('../src/store-server.ts');
process.exit(await serveStore(process.argv[2] ?? ''));
