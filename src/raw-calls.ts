/** Calls that a program makes past the C library (native/preload/dispatch-wish.c): the variable that says whose are translated. */
export const RAW_CALLS = 'APPSHOT_RAW_CALLS';
