/* An order is short and somebody waits for it: the forge, its inits and what they make run at the highest priority until the
 * application takes over, so that a busy machine costs milliseconds less. Without the right to, nothing changes. */
#ifndef FORGE_PRIORITY_H
#define FORGE_PRIORITY_H
void priority_raise(void);
/** Back to the priority that the forge was started with. */
void priority_reset(void);
/** The calling thread's to `nice`; costs nothing when it has it. */
void priority_set(int nice);
#endif
