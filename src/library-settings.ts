/** Whose calls past the C library are translated (native/preload/dispatch-wish.c): known, all or none. */
export const RAW_CALLS = 'APPSHOT_RAW_CALLS';

/** Which programs get rings of io_uring (native/preload/rings.c): direct, all or none. */
export const IO_URING = 'APPSHOT_IO_URING';

/** What the preload library reads from a program's environment, else from what the instance was given: a rule may set it. */
export const LIBRARY_SETTINGS: readonly string[] = [RAW_CALLS, IO_URING];
