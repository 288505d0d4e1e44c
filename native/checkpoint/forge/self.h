/* The forge's own memory: made so that a forked child can become any application without leaving a trace of us. */
#ifndef FORGE_SELF_H
#define FORGE_SELF_H
#include <stdint.h>

struct special { uint64_t start, size; };          /* size 0: this kernel has none */
struct own_memory { struct special vdso, vvar, vvar_vclock; };
/** Where the kernel's special mappings are parked in the restorer's area. */
extern struct own_memory own_memory;

/** Replaces file-backed segments by anonymous memory, parks the special mappings, gives up the stack of the exec.
 *  Must run on a stack inside the area. -1 on failure (shared page). */
int move_home(void);
/** Writes our name and command line where ps looks for them. */
void show_as(const char *comm, const char *command_line);
#endif
