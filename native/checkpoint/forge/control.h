#ifndef FORGE_CONTROL_H
#define FORGE_CONTROL_H
/** Serves the control socket until `quit` or the end of the store directory. */
_Noreturn void control_serve(void);
#endif
